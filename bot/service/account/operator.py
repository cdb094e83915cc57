"""The operator: the person who runs the bot, and decides who else may link here."""

from dataclasses import dataclass

from bot.domain.ids import PersonId
from bot.service.ports import Clock
from storage import Tx
from storage.repositories import key_values

_FACT = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Knows the operator: the person whom the settings name, else the first who linked an account here."""

    clock: Clock
    named: PersonId | None

    def find(self, tx: Tx) -> PersonId | None:
        """Return the operator; None if there is none yet, or if they were forgotten."""
        stored = key_values.get(tx, _FACT)
        if self.named is not None or stored is None or not stored.isdecimal():
            return self.named
        return PersonId(int(stored))

    def is_open(self, tx: Tx) -> bool:
        """Return whether whoever links next becomes the operator."""
        return self.named is None and key_values.get(tx, _FACT) is None

    def is_this(self, tx: Tx, person: PersonId) -> bool:
        """Return whether a person is the operator, also if they were forgotten."""
        if self.named is not None:
            return person == self.named
        return self._is_stored(tx, person)

    def linked(self, tx: Tx, person: PersonId) -> None:
        """Note that a person has linked: the first becomes the operator, and a forgotten one comes back."""
        if key_values.get(tx, _FACT) is None or self._is_stored(tx, person):
            key_values.put(tx, _FACT, str(person), now=self.clock.now())

    def forget(self, tx: Tx, person: PersonId) -> None:
        """Keep no more of a person than a hash: nobody takes the operator's place, and they can come back."""
        if self._is_stored(tx, person):
            key_values.hide(tx, _FACT, str(person), now=self.clock.now())

    def _is_stored(self, tx: Tx, person: PersonId) -> bool:
        return key_values.get(tx, _FACT) == str(person) or key_values.hides(tx, _FACT, str(person))
