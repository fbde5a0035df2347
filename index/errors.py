"""Every error that the product raises on purpose.

QaError                     anything below; its text is written for the person who reads it
├── SourceError             a source cannot become an article (empty, binary, unreadable, ...)
│   └── NoArticleError      it is whole, and of a kind that is never one: a picture, a font, a program
├── IndexMissingError       there is no index in that folder yet
├── NotAnIndexError         the folder holds something else, or an index whose store is damaged
│   └── DamageError         the store is not as it was written
├── IndexNotEmptyError      a backup would take the place of articles
├── IndexFormatError        the index was written by a newer version of this program
├── EmbedderMismatchError   the index holds vectors of another embedding model
├── IndexLockedError        another process is writing to the index
├── StorageError            the disk is full, read-only or failing; nothing was changed
├── ArticleMissingError     no article has that id
├── ModelError              a model cannot be had here, or is not of the kind that is needed
├── QuestionError           the question is empty or too long
├── EvaluationError         questions with known answers, or a run over them, cannot be used
├── ConversationMissingError    whoever asks has no conversation of that id
├── ReceiptError            a file is no receipt of an answer that can be replayed
└── ConfigError             an option or a setting is wrong; nothing was done

One line each: what is wrong, then what to do. It is a sentence, save for a SourceError, which follows the source's name
and a colon. Exceptions of other libraries are turned into these where they arise, so callers know one tree.
"""


class QaError(Exception):
    """Base of the tree."""


class SourceError(QaError): ...


class NoArticleError(SourceError): ...


class IndexMissingError(QaError): ...


class NotAnIndexError(QaError): ...


class DamageError(NotAnIndexError):
    """`what` says where, and nothing else."""

    def __init__(self, folder: object, what: str) -> None:
        super().__init__(
            f"The store in {folder} is damaged ({what}): run `qa repair`, or restore a backup with `qa restore`."
        )
        self.what = what


class IndexNotEmptyError(QaError): ...


class IndexFormatError(QaError): ...


class EmbedderMismatchError(QaError): ...


class IndexLockedError(QaError): ...


class StorageError(QaError): ...


class ArticleMissingError(QaError): ...


class ModelError(QaError): ...


class QuestionError(QaError): ...


class EvaluationError(QaError): ...


class ConversationMissingError(QaError): ...


class ReceiptError(QaError): ...


class ConfigError(QaError): ...
