// Runs once, when the side panel has been put on the page. Gradio hands in `element`, `props` and `server`.
// Opens an article beside the conversation, scrolled to its mark; keeps the newest question in view.
const workspace = document.querySelector("#workspace");
const panel = document.querySelector("#panel");
let opener = null;
let wanted = 0; // counts what was opened and closed: an article that comes after the next of these is not shown

async function open(button) {
  if (!panel.contains(button)) opener = button; // what is in the panel goes with its article
  const mine = ++wanted;
  point(button);
  const article = await server.show_article(button.value);
  if (mine !== wanted) return;
  props.value = article;
  workspace.classList.add("reading");
  requestAnimationFrame(() => setTimeout(settle));
}

function settle() {
  const mark = panel.querySelector("mark");
  const scroller = panel.querySelector(".article-text");
  if (mark) scroller.scrollTop = mark.offsetTop - scroller.clientHeight / 3;
  panel.querySelector("h2")?.focus({ preventScroll: true });
}

function point(button) {
  document.querySelectorAll("[name=source].shown").forEach((shown) => shown.classList.remove("shown"));
  button?.classList.add("shown");
}

function close() {
  wanted += 1;
  workspace.classList.remove("reading");
  point(null);
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=source], button[name=close]");
  if (button?.name === "source") open(button);
  if (button?.name === "close") close();
});

// What else the key closes, a menu or a list to choose from, is closed by it alone.
let closesAList = false;
document.addEventListener("keydown", ({ target }) => {
  closesAList = Boolean(target.closest?.("[role=combobox][aria-expanded=true]"));
}, true);

document.addEventListener("keydown", (event) => {
  if (closesAList || event.defaultPrevented) return;
  const opens = document.querySelector("[name=source].shown"); // its article may be on its way
  if (event.key === "Escape" && (opens || workspace.classList.contains("reading"))) close();
});

const newestQuestion = () => [...document.querySelectorAll("#chat .user-row")].at(-1);

let kept = null; // where the conversation was last scrolled to from here

function keepInView() {
  // The chat component labels every message with its source text; what it shows is label enough.
  document.querySelectorAll("#chat [data-testid][aria-label]").forEach((row) => row.removeAttribute("aria-label"));
  document.querySelectorAll("#chat .examples[role=list]").forEach((list) => list.setAttribute("role", "group"));
  // What is being written changes with every word: it is not read out until it is an answer.
  document.querySelectorAll("#chat .draft").forEach((draft) => draft.setAttribute("aria-live", "off"));
  const question = newestQuestion();
  const log = question?.closest("[role=log]");
  if (!log) return;
  const from = log.getBoundingClientRect().top;
  const toQuestion = question.getBoundingClientRect().top - from - 16;
  const answer = [...log.querySelectorAll(".bot-row")].at(-1);
  // Of a long question the end is enough: what it came to is in view, too.
  const toAnswer = answer ? answer.getBoundingClientRect().top - from - log.clientHeight / 3 : toQuestion;
  log.scrollTop += Math.max(toQuestion, toAnswer);
  kept = log.scrollTop;
}

// The buttons that come with an answer take room from it, so anything new counts; but whoever has scrolled elsewhere
// is left alone until there is something new in the conversation.
new MutationObserver((changes) => {
  const log = newestQuestion()?.closest("[role=log]");
  if (log?.scrollTop === kept || changes.some((change) => change.target.closest?.("#chat"))) keepInView();
}).observe(workspace, { childList: true, subtree: true });
