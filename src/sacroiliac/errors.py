"""How a command ends: the exit codes, and the one kind of error a user sees."""

from __future__ import annotations

EXIT_OK, EXIT_URGENT, EXIT_INPUT = 0, 1, 2
EXIT_FAULT, EXIT_INTERRUPTED = 70, 130


class InputError(Exception):
    """Something the user gave cannot be used.

    :param place: the file, and where in it (``"chart.yaml:14"``, ``"bundle.json: entry 3, Observation/o1"``)
    :param problem: what is wrong there
    :param cure: what to do about it
    """

    def __init__(self, place: str, problem: str, cure: str) -> None:
        super().__init__(f"{place}: {problem}. {cure}")
        self.place = place
        self.problem = problem
        self.cure = cure

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        # It crosses from one process to another.
        return type(self), (self.place, self.problem, self.cure)
