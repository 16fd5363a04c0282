"""Questions with a few answers: each has a mnemonic, and neither Enter nor Escape ever loses anything."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from cnnstudio.plain_text import plain

Answer = QMessageBox.StandardButton


def ask(
    parent: QWidget, title: str, text: str, answers: Mapping[Answer, str], *, enter: Answer, escape: Answer
) -> Answer:
    """Show the question until it is answered; returns the answer.

    `answers` are the buttons with their texts, such as `&Replace`. Enter chooses `enter`, Escape `escape`; both must be
    answers that lose nothing.
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, plain(text), parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    for answer, label in answers.items():
        box.addButton(answer).setText(label)
    box.setDefaultButton(enter)
    box.setEscapeButton(escape)
    chosen = box.exec()
    box.deleteLater()
    return Answer(chosen)


def confirm(parent: QWidget, title: str, text: str, yes: str) -> bool:
    """Whether the user agrees to lose something; `yes` is the text of that button. Enter and Escape cancel."""
    answers = {Answer.Yes: yes, Answer.No: "&Cancel"}
    return ask(parent, title, text, answers, enter=Answer.No, escape=Answer.No) is Answer.Yes
