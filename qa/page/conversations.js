// Runs once, when the list of conversations has been put on the page. Gradio hands in `element`, `server`, `trigger`
// and `watch`. Turns what is clicked in the list, and under answers, into events, into files, or into text to paste.
const workspace = document.querySelector("#workspace");
const narrow = matchMedia("(max-width: 72rem)");
const current = () => element.querySelector("nav")?.dataset.current ?? "";
let comesBack = null; // what to focus when the list has been drawn anew
let menuOf = null; // whose menu is open
let pressed = null; // what is held down in the list, a button or the head of a menu, whose it was then, and where
let instead = false; // whether what was pressed is done already, so that a click that comes of it is not to be
let naming = null; // whose name is, or was last, being typed, and what puts its line into a list that is drawn anew

function save({ name, text, problem }) {
  if (problem) return complain(problem);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say("Saved.");
}

function say(words) {
  const place = document.querySelector("#announce") ?? document.body.appendChild(document.createElement("div"));
  place.id = "announce";
  place.className = "unseen";
  place.setAttribute("role", "status");
  place.textContent = words;
}

function complain(words) {
  const place = element.querySelector(".said"); // said and seen, beside an Undo that may stand there
  place.querySelector(".trouble")?.remove();
  place.append(Object.assign(document.createElement("p"), { className: "trouble", textContent: words }));
}

async function copy(button) {
  button.dataset.label ??= button.textContent;
  button.textContent = (await copied(button.value)) ? "Copied" : "Copying is not allowed here";
  say(button.textContent);
  setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // no secure context, or no permission: the way that browsers knew before
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

// Puts a line to type in, in the place of something; Enter takes it, Escape and leaving bring the old thing back.
// Gives what puts it in the place of another thing, which was drawn instead of the old one meanwhile.
function typed(place, { value, label, taken }) {
  const line = Object.assign(document.createElement("input"), { value, className: "typed" });
  line.setAttribute("aria-label", label);
  let there = true;
  const back = (focus) => {
    if (!there) return; // taking it away takes the focus from it, too
    there = false;
    line.replaceWith(place);
    if (focus) place.querySelector("button")?.focus();
  };
  line.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return; // these keys choose among characters that are being put together
    if (event.key === "Enter" && line.value.trim()) {
      const words = line.value.trim();
      event.preventDefault(); // else what gets the focus back is pressed by the same key
      back(true);
      taken(words);
    }
    if (event.key === "Escape") back(true);
  });
  // What takes the line off the page takes the focus from it, too, and is not to be disturbed; that is no leaving.
  line.addEventListener("blur", () => setTimeout(() => {
    if (line.isConnected && document.activeElement !== line) back(false);
  }));
  const put = (where) => {
    place = where;
    place.replaceWith(line);
    line.focus();
  };
  put(place);
  line.select();
  return (where) => { if (there && !line.isConnected) put(where); };
}

const does = {
  new: () => { trigger("clear"); showList(false); question()?.focus(); },
  conversation: (button) => { trigger("select", { id: button.value }); showList(false); },
  restore: (button) => { comesBack = `[name=conversation][value="${button.value}"]`; trigger("undo", { id: button.value }); },
  delete: (button) => {
    comesBack = "[name=restore]";
    // Of the conversation that is shown, what is under way ends, too.
    trigger(button.value === current() ? "release" : "delete", { id: button.value });
  },
  rename: (button) => {
    const item = button.closest("li");
    const putBack = typed(item, {
      value: item.querySelector(".title").textContent,
      label: "Name of the conversation",
      taken: (title) => {
        comesBack = `[name=conversation][value="${button.value}"]`;
        trigger("edit", { id: button.value, title });
      },
    });
    naming = { id: button.value, putBack };
  },
  export: async (button) => save(await server.export(button.value)),
  receipt: async (button) => save(await server.receipt(`${button.value} ${current()}`)),
  copy,
  ask: (button) => trigger("submit", { question: button.value }),
  edit: (button) => typed(button.closest("p"), {
    value: button.value,
    label: "What to search for",
    taken: (question) => trigger("submit", { question, alone: true }),
  }),
  list: () => showList(!workspace.classList.contains("listing")),
};

const question = () => document.querySelector("#question textarea");

function showList(shown) {
  workspace.classList.toggle("listing", shown);
  document.querySelector("[name=list]")?.setAttribute("aria-expanded", shown);
  if (shown) element.querySelector("button")?.focus();
  else if (narrow.matches && element.contains(document.activeElement)) document.querySelector("[name=list]")?.focus();
}

const menu = (id) => element.querySelector(`[name=rename][value="${CSS.escape(id)}"]`)?.closest("details");

function act(button) {
  if (!Object.hasOwn(does, button.name)) return;
  button.closest("details")?.removeAttribute("open");
  does[button.name](button);
}

// A list that is drawn anew while something in it is held down takes that from under the pointer, or makes another's
// of it: what was pressed is done, and no click on what lies there now.
workspace.addEventListener("pointerdown", (event) => {
  const held = event.target.closest("button[name], summary");
  const { name, value } = (held?.matches("summary") ? held.parentElement.querySelector("[name=rename]") : held) ?? {};
  pressed = held && element.contains(held)
    ? { is: held.tagName, name, value, x: event.clientX, y: event.clientY, drawnAnew: false } : null;
});
addEventListener("pointercancel", () => { pressed = null; });
addEventListener("pointerup", (event) => {
  const { is, name, value, x, y, drawnAnew } = pressed ?? {};
  pressed = null;
  if (!drawnAnew) return;
  instead = true;
  setTimeout(() => { instead = false; });
  if (Math.hypot(event.clientX - x, event.clientY - y) > 5) return;
  const there = [...element.querySelectorAll(`[name="${name}"]`)].find((one) => one.value === value);
  if (there && is === "SUMMARY") open(value);
  else if (there) act(there);
});
addEventListener("click", (event) => {
  if (!instead) return;
  event.stopPropagation();
  event.preventDefault();
}, true);

function open(id) {
  menuOf = id;
  if (!menu(id)) return;
  menu(id).open = true;
  if (document.activeElement === document.body) menu(id).querySelector("summary").focus();
}

workspace.addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  const head = event.target.closest("summary")?.parentElement;
  menuOf = head && !head.open ? head.querySelector("[name=rename]")?.value : null; // it opens after this
  if (button) act(button);
  if (!button && workspace.classList.contains("listing") && !event.target.closest("#list")) showList(false);
  for (const one of element.querySelectorAll("details[open]")) if (!one.contains(event.target)) one.open = false;
});

workspace.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opened = event.target.closest("details[open]");
  if (opened) {
    opened.open = false;
    menuOf = null;
    opened.querySelector("summary").focus();
  } else if (workspace.classList.contains("listing")) showList(false);
  else return;
  event.preventDefault(); // it is done: an article that is open stays so
});

watch("value", () => {
  if (pressed) pressed.drawnAnew = true;
  const place = current();
  history.replaceState(null, "", place ? `#${place}` : location.pathname + location.search);
  if (comesBack && !menuOf) element.querySelector(comesBack)?.focus();
  comesBack = null;
  if (menuOf) open(menuOf);
  const named = naming && menu(naming.id);
  if (named) naming.putBack(named.closest("li"));
});

// An address of another conversation that is put in here, or a bookmark of one, opens it.
addEventListener("hashchange", () => {
  const place = location.hash.slice(1);
  if (place && place !== current()) trigger("select", { id: place });
});

// What is being typed outlives a page that is loaded again, which it does by itself when its server is back.
addEventListener("pagehide", () => sessionStorage.setItem("typed", question()?.value ?? ""));

function bringBack() {
  const box = question();
  if (!box) return setTimeout(bringBack, 50);
  const words = sessionStorage.getItem("typed");
  sessionStorage.removeItem("typed");
  if (!words || box.value) return;
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
bringBack();
