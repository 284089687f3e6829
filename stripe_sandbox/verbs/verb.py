"""What a verb is, and how it is asked for from each side."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.params import Choice, Flag, Kind
from stripe_sandbox.objects import Body

Given = Mapping[str, str]
API = "/stripe-sandbox/api/"


@dataclass(frozen=True)
class Parameter:
    """`words` are the two options that say yes and no where one of them must be chosen; `is_option`: required, but
    named on the command line all the same.
    """

    name: str
    kind: Kind
    help: str = ""
    metavar: str = "N"
    is_required: bool = False
    is_option: bool = False
    words: tuple[tuple[str, str], ...] = ()

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    def add_to(self, parser: ArgumentParser) -> None:
        if self.words:
            either = parser.add_mutually_exclusive_group(required=self.is_required)
            for (word, help), value in zip(self.words, ("true", "false"), strict=True):
                either.add_argument(f"--{word}", action="store_const", const=value, dest=self.name, help=help)
        elif self.is_required and not self.is_option:
            parser.add_argument(self.name, metavar=self.metavar, help=self.help)
        elif isinstance(self.kind, Flag):
            parser.add_argument(self.option, action="store_const", const="true", dest=self.name, help=self.help)
        else:
            how: dict[str, Any] = {"dest": self.name, "help": self.help, "required": self.is_required}
            how |= {"choices": self.kind.options} if isinstance(self.kind, Choice) else {"metavar": self.metavar}
            parser.add_argument(self.option, **how)


@dataclass(frozen=True)
class Asked:
    """A call of the sandbox's own API."""

    method: str
    path: str
    given: dict[str, str]


@dataclass(frozen=True)
class Terminal:
    """Words of the command line that are not simply parameters."""

    add_to: Callable[[ArgumentParser], None]
    ask: Callable[[dict[str, Any]], Asked]


@dataclass(frozen=True)
class Verb:
    """`handle` changes something and `show` only looks; a verb with both shows when it is given nothing.

    `say` puts the answer into words for the terminal; `sentence` says there what the verb is for.
    """

    name: str
    sentence: str
    parameters: tuple[Parameter, ...] = ()
    handle: Callable[[Call], Body] | None = None
    show: Callable[[Call], Body] | None = None
    say: Callable[[Body, Given], str] = lambda body, given: str(body.get("id", "Done."))
    terminal: Terminal | None = None

    @property
    def path(self) -> str:
        return API + self.name

    @property
    def fields(self) -> dict[str, Kind]:
        return {parameter.name: parameter.kind for parameter in self.parameters}

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.parameters if parameter.is_required)

    def endpoints(self) -> Iterator[Endpoint]:
        if self.show:
            yield Endpoint("GET", self.path, self.show, {} if self.handle else self.fields, self.required)
        if self.handle:
            yield Endpoint("POST", self.path, self.handle, self.fields, self.required)

    def add_to(self, parser: ArgumentParser) -> None:
        if self.terminal:
            self.terminal.add_to(parser)
        for parameter in () if self.terminal else self.parameters:
            parameter.add_to(parser)

    def ask(self, given: Mapping[str, Any]) -> Asked:
        """`given` are Python's values; None means that nothing was said."""
        said = {name: _text(value) for name, value in given.items() if value is not None}
        is_look = self.show and not (self.handle and said)
        return Asked("GET" if is_look else "POST", self.path, said)

    def ask_from_terminal(self, options: dict[str, Any]) -> Asked:
        if self.terminal:
            return self.terminal.ask(options)
        return self.ask({parameter.name: options[parameter.name] for parameter in self.parameters})

    def ask_from_python(self, *values: Any, **named: Any) -> Asked:
        """The parameters in their order, or by name; a name that is a word of Python's ends in an underscore."""
        names = [parameter.name for parameter in self.parameters]
        given = dict(zip(names, values, strict=False)) | {name.rstrip("_"): value for name, value in named.items()}
        if len(values) > len(names):
            raise TypeError(f"{self.name} takes {', '.join(names) or 'nothing'}.")
        return self.ask(given)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
