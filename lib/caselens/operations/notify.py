"""Tell people of scheduled refreshes: by a command, by e-mail or by a webhook, with counts and ids only.

``settings.toml``::

    [schedule]
    label = "desk 3"                 # what the workspace is called in messages; default: a hash of its place
    on = ["failure", "new_leads"]    # default: both
    command = ["/usr/local/bin/tell", "--quiet"]   # gets the message as JSON on its standard input
    webhook = "https://host/path"    # gets it as a POST of JSON
    [schedule.email]
    to = ["desk@example.org"]
    from = "caselens@example.org"
    host = "mail.example.org"        # port = 25, security = "starttls" ("none", "tls"), user = "…",
    password_env = "CASELENS_MAIL"   # name of the environment variable that holds the password; never the password

A message holds no name, no number of a person or account, no title, no path and no text of an error, which may hold any
of them. What cannot be delivered is told to whoever runs the schedule, and does not stop it.
"""

from __future__ import annotations

import hashlib
import json
import os
import smtplib
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from caselens.core.errors import UsageError

EVENTS = ("failure", "new_leads")
#: Seconds that a receiver may take.
TIMEOUT = 30.0
_KEYS = {"label": str, "on": list, "command": list, "webhook": str, "email": dict}
_MAIL = {"to": list, "from": str, "host": str, "port": int, "security": str, "user": str, "password_env": str}
_SECURITIES = ("none", "starttls", "tls")


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: an event, and counts and ids."""

    event: str
    workspace: str
    at: str
    counts: Mapping[str, int] = field(default_factory=dict)
    ids: Mapping[str, list[str]] = field(default_factory=dict)
    error: str = ""

    def as_json(self) -> str:
        """The message as JSON text."""
        told = {"event": self.event, "workspace": self.workspace, "at": self.at, "counts": dict(self.counts)}
        return json.dumps(told | {"ids": dict(self.ids), "error": self.error}, ensure_ascii=False)

    @property
    def subject(self) -> str:
        """One line for a person."""
        if self.event == "failure":
            return f"Caselens {self.workspace}: refresh failed 刷新失败 ({self.error or 'see its log'})"
        return f"Caselens {self.workspace}: {self.counts.get('new_leads', 0)} new lead(s) 条新线索"


@dataclass(frozen=True, slots=True)
class Receivers:
    """Whom to tell, as ``settings.toml`` says."""

    label: str
    on: tuple[str, ...] = EVENTS
    command: tuple[str, ...] = ()
    webhook: str = ""
    email: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Any], root: Path) -> Receivers:
        """Read ``[schedule]``.

        Raises:
            UsageError: an unknown key or a value that is not allowed.
        """
        _check("schedule", settings, _KEYS)
        mail = settings.get("email", {})
        _check("schedule.email", mail, _MAIL)
        on = tuple(settings.get("on", EVENTS))
        if not set(on) <= set(EVENTS):
            raise UsageError(f"schedule.on takes {', '.join(EVENTS)}, got {', '.join(map(str, on))}")
        webhook = settings.get("webhook", "")
        if webhook and (urlsplit(webhook).scheme not in ("http", "https") or not urlsplit(webhook).hostname):
            raise UsageError("schedule.webhook must be an address of http or https")
        if mail and not ({"to", "from", "host"} <= set(mail) and mail["to"]):
            raise UsageError("schedule.email needs to, from and host")
        if mail.get("security", "starttls") not in _SECURITIES:
            raise UsageError(f"schedule.email.security takes {', '.join(_SECURITIES)}")
        command = settings.get("command", [])
        for text in (*command, *mail.get("to", ()), mail.get("from", "")):
            if not isinstance(text, str) or "\n" in text or "\r" in text:
                raise UsageError("schedule.command and the addresses of schedule.email are texts of one line")
        label = settings.get("label") or hashlib.sha256(str(root.absolute()).encode(errors="replace")).hexdigest()[:8]
        return cls(label, on, tuple(command), webhook, mail)

    def tell(self, message: Message) -> list[str]:
        """Deliver a message to all; gives what could not be delivered: ``way: kind of error``."""
        if message.event not in self.on:
            return []
        ways = {"command": self._run, "webhook": self._post, "e-mail": self._mail}
        wanted = {"command": self.command, "webhook": self.webhook, "e-mail": self.email}
        failed = []
        for way, deliver in ways.items():
            if wanted[way]:
                try:
                    deliver(message)
                except (OSError, subprocess.SubprocessError, smtplib.SMTPException, ValueError) as error:
                    failed.append(f"{way}: {type(error).__name__}")
        return failed

    def _run(self, message: Message) -> None:
        subprocess.run(  # the user's own command, as an argument list: no shell reads it
            list(self.command),
            input=message.as_json().encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=True,
        )

    def _post(self, message: Message) -> None:
        kind = {"Content-Type": "application/json; charset=utf-8"}
        request = urllib.request.Request(self.webhook, message.as_json().encode(), kind, method="POST")
        opener = urllib.request.build_opener(_NoRedirect)
        with opener.open(request, timeout=TIMEOUT) as answer:
            answer.read(1)

    def _mail(self, message: Message) -> None:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.subject, self.email["from"], ", ".join(self.email["to"])
        mail.set_content(f"{message.subject}\n\n{message.as_json()}\n")
        security = self.email.get("security", "starttls")
        host, port = self.email["host"], int(self.email.get("port", 465 if security == "tls" else 25))
        context = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
            if security == "tls"
            else smtplib.SMTP(host, port, timeout=TIMEOUT)
        ) as server:
            if security == "starttls":
                server.starttls(context=context)
            if user := self.email.get("user"):
                server.login(user, os.environ[self.email["password_env"]])
            server.send_message(mail)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message goes where the settings say and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _check(what: str, given: Mapping[str, Any], allowed: Mapping[str, type]) -> None:
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise UsageError(f"settings.toml: {what} has no {', '.join(unknown)}; it has {', '.join(allowed)}")
    for name, value in given.items():
        if not isinstance(value, allowed[name]):
            raise UsageError(f"settings.toml: {what}.{name} must be a {allowed[name].__name__}")
