"""The life of two families: whatever is invited, joined, changed, removed, shared or moved, nobody acts without access.

Hypothesis draws the steps; the use cases run in process, with a real database and the simulated DIMO. After each step
everybody's access in every chat, owners included, is compared with a model of a few lines.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Coroutine
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, AccessLength, RequestState
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.roles import Ability, Access, Role
from bot.service.access import authorize_for_car
from bot.service.account.unlinking import Unlinked
from bot.service.actions.requests import Asked
from bot.service.chat_migration import ChatMigration
from bot.service.confirmation import Started
from bot.service.declined import Declined
from bot.service.family.invitations import Made
from bot.service.family.members import Removed
from bot.service.ports import Ask, Person
from storage import Car, CarDetails, Database, Home, Token, Tx, Vault, new_key, upgrade
from storage.maintenance.key_check import check_keys
from storage.repositories import cars, homes, members, tokens
from tests.support.use_cases import DAD, Process, Town, a_process, a_town, an_ask
from tests.support.world import START

T = TypeVar("T")

MUM, TEEN, EVE = (Person(PersonId(number), name) for number, name in ((20, "Mum"), (30, "Teen"), (40, "Eve")))
PEOPLE = (DAD, MUM, TEEN, EVE)
OWNERS = (DAD, MUM)
GROUPS = (ChatId(-101), ChatId(-102))
MOVED = 10**12

people, owners = st.sampled_from(PEOPLE), st.sampled_from(OWNERS)
groups = st.sampled_from(range(len(GROUPS)))
roles = st.sampled_from(GRANTED_ROLES)
lengths = st.sampled_from([length for length in AccessLength if length is not AccessLength.DATE])
answers = st.sampled_from([*GRANTED_ROLES, RequestState.DENIED, RequestState.DENIED_FOR_GOOD])


def home_of(owner: Person) -> ChatId:
    """Return the owner's home, which is the private chat with the owner's id."""
    return ChatId(int(owner.id))


@dataclass(eq=False)
class Invited:
    """An invitation in the model."""

    made: Made
    home: ChatId
    is_open: bool = True


@dataclass(eq=False)
class Question:
    """A question before an opening in the model."""

    asked: Asked
    ask: Ask
    home: ChatId
    is_open: bool = True


@cache
def dimos_key() -> rsa.RSAPrivateKey:
    """One key for all runs, because making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def a_template() -> tuple[str, bytes]:
    """Make an empty database once, as making its tables takes longer than a run; returns its key and its content."""
    key, folder = new_key(), tempfile.mkdtemp(prefix="life-of-a-family-")
    file = Path(folder) / "bot.db"
    with closing(Database.open(f"sqlite:///{file}", Vault.from_keys([key]))) as database:
        upgrade(database)
        database.run_now(check_keys)
    content = file.read_bytes()
    shutil.rmtree(folder)
    return key, content


class LifeOfAFamily(RuleBasedStateMachine):
    """Dad and Mum have a car each; they, Teen and Eve do what they may do, and try what they may not do."""

    invitations: Bundle[Invited] = Bundle("invitations")
    questions: Bundle[Question] = Bundle("questions")

    def __init__(self) -> None:
        super().__init__()
        key, content = a_template()
        self.folder = tempfile.mkdtemp(prefix="life-of-a-family-")
        (Path(self.folder) / "bot.db").write_bytes(content)
        self.loop = asyncio.Runner()
        self.town: Town = a_town(
            self.folder, signing_key=dimos_key(), ENCRYPTION_KEYS=key, OPENINGS_PER_MINUTE="100000"
        )
        self.running = AsyncExitStack()
        self.process: Process = self.do(self.running.enter_async_context(a_process(self.town)))
        account = self.town.dimo.add_account("Mum")
        kitt = account.add_car(name="Kitt", reports=frozenset())
        self.town.dimo.share(kitt, self.town.license, permissions={1, 2})
        self.wallets = {home_of(DAD): self.town.wallet, home_of(MUM): account.wallet}
        self.cars = {home_of(DAD): self.town.car_id, home_of(MUM): CarId(kitt.token_id)}
        self.process.db.run_now(lambda tx: self.links(tx, MUM))
        self.linked = {home_of(DAD), home_of(MUM)}
        self.groups = list(GROUPS)
        self.members: dict[tuple[ChatId, Person], Access] = {}
        self.shared: set[tuple[ChatId, ChatId]] = set()
        self.requests: dict[tuple[ChatId, Person], tuple[RequestState, datetime | None]] = {}
        self.made: list[Invited] = []
        self.asked: list[Question] = []
        self.commands = 0
        self.an_owner_shares_in_a_group(DAD, 0)
        for owner, person, role in ((DAD, TEEN, Role.DRIVER), (MUM, DAD, Role.GUEST)):
            self.somebody_joins(self.an_owner_invites(owner, role, AccessLength.DAY), person, in_group=False)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def teardown(self) -> None:
        self.do(self.running.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def links(self, tx: Tx, owner: Person) -> None:
        """Store what linking stores."""
        home = home_of(owner)
        wallet = self.wallets[home].lower()
        jwt = self.town.dimo.user_jwt(
            self.town.dimo.accounts[wallet],
            audience=self.town.license.client_id,
            lifetime=timedelta(days=365),
        )
        homes.put(tx, Home(home, owner.id, owner.name, wallet, None, START))
        tokens.put(tx, Token(home, "user", jwt, START + timedelta(days=365)))
        details = CarDetails(f"{owner.name}'s", "Tesla", "Model 3", 2023, "Tesla", permissions=(1, 2), reports=())
        cars.replace_all(tx, home, [Car(home, self.cars[home], 0, None, details)])

    # The model

    @property
    def now(self) -> datetime:
        return self.town.clock.now()

    def access(self, home: ChatId, person: Person) -> Access | None:
        """Return a person's access to a home now."""
        if home not in self.linked:
            return None
        if home == home_of(person):
            return Access(Role.OWNER, None)
        known = self.members.get((home, person))
        return known if known is not None and (known.until is None or known.until > self.now) else None

    def may_act(self, person: Person, chat: ChatId, home: ChatId) -> bool:
        is_theirs = chat < 0 or chat == home_of(person)
        is_here = chat == home or (chat, home) in self.shared
        return is_theirs and is_here and self.access(home, person) is not None

    def is_open(self, it: Invited) -> bool:
        until = it.made.invitation.term.until
        in_time = it.made.invitation.expires_at > self.now and (until is None or until > self.now)
        return it.is_open and in_time and it.home in self.linked

    def loses_access(self, home: ChatId, person: Person) -> None:
        """Remove a member from the model, with the private chat and open questions."""
        self.members.pop((home, person), None)
        self.shared.discard((home_of(person), home))
        for question in self.asked:
            if question.home == home and question.ask.person == person:
                question.is_open = False

    # Inviting and joining

    @rule(target=invitations, owner=owners, role=roles, length=lengths)
    def an_owner_invites(self, owner: Person, role: Role, length: AccessLength) -> Invited:
        home = home_of(owner)
        made = self.tried(self.process.services.family.invitations.invite(an_ask(owner, home), role, length))
        assert isinstance(made, Made) == (home in self.linked)
        if not isinstance(made, Made):
            return self.made[-1] if self.made else self.another_invitation(home)
        self.made.append(Invited(made, home))
        return self.made[-1]

    def another_invitation(self, home: ChatId) -> Invited:
        """Make another invitation in place of one that could not be made."""
        other = next(iter(self.linked), None)
        if other is None:
            other = home
            self.links_again(next(owner for owner in OWNERS if home_of(owner) == home))
        owner = next(owner for owner in OWNERS if home_of(owner) == other)
        made = self.do(
            self.process.services.family.invitations.invite(an_ask(owner, other), Role.GUEST, AccessLength.HOUR)
        )
        assert made is not None
        self.made.append(Invited(made, other))
        return self.made[-1]

    @rule(person=people, owner=owners, role=roles, chat=groups)
    def somebody_not_allowed_invites_or_changes(self, person: Person, owner: Person, role: Role, chat: int) -> None:
        """Try it as a member, as a stranger, and as an owner in a group or in another's chat."""
        services, here = self.process.services, self.groups[chat]
        other = next(one for one in PEOPLE if one is not person)
        for place in (here, home_of(other)):
            for work in (
                services.family.invitations.invite(an_ask(person, place), role, AccessLength.ALWAYS),
                services.family.members.set_role(an_ask(person, place), other.id, role),
                services.family.members.ask_to_remove(an_ask(person, place), other.id),
                services.family.access_requests.answer(an_ask(person, place), person.id, role),
            ):
                assert isinstance(self.tried(work), Declined)
        if person is not owner:
            assert isinstance(
                self.tried(services.family.groups.attach(an_ask(person, here), home_of(owner), title="")), Declined
            )

    @rule(it=invitations, person=people, in_group=st.booleans())
    def somebody_joins(self, it: Invited, person: Person, in_group: bool) -> None:
        chat = self.groups[0] if in_group else home_of(person)
        may = self.is_open(it) and not in_group and self.access(it.home, person) is None
        joined = self.tried(self.process.services.family.invitations.join(an_ask(person, chat), it.made.code))
        assert isinstance(joined, Declined) != may
        if not isinstance(joined, Declined):
            assert joined is not None
            self.joins(it, person, joined)

    def joins(self, it: Invited, person: Person, joined: Access) -> None:
        it.is_open = False
        self.members[it.home, person] = joined
        self.shared.add((home_of(person), it.home))
        self.answered(it.home, person, RequestState.ALLOWED)

    def answered(self, home: ChatId, person: Person, state: RequestState) -> None:
        if self.requests.get((home, person), (None, None))[0] is RequestState.OPEN:
            self.requests[home, person] = state, self.now

    @rule(it=invitations)
    def two_people_join_at_once(self, it: Invited) -> None:
        """If two people tap at the same moment, exactly one joins."""
        may = [person for person in (TEEN, EVE) if self.is_open(it) and self.access(it.home, person) is None]
        join = self.process.services.family.invitations.join

        async def all_join() -> list[object]:
            asks = [an_ask(person, home_of(person)) for person in (TEEN, EVE)]
            return await asyncio.gather(*(join(ask, it.made.code) for ask in asks), return_exceptions=True)

        results = self.do(all_join())
        let_in = [p for p, result in zip((TEEN, EVE), results, strict=True) if not isinstance(result, Declined)]
        assert len(let_in) == bool(may)
        for person, result in zip((TEEN, EVE), results, strict=True):
            if isinstance(result, Access):
                self.joins(it, person, result)

    @rule(it=invitations, owner=owners)
    def an_owner_withdraws(self, it: Invited, owner: Person) -> None:
        withdraw = self.process.services.family.invitations.withdraw
        done = self.tried(withdraw(an_ask(owner, home_of(owner)), it.made.invitation.id))
        in_time = it.is_open and it.made.invitation.expires_at > self.now
        if home_of(owner) in self.linked:
            assert done == (in_time and it.home == home_of(owner))
        else:
            assert isinstance(done, Declined)
        if done is True:
            it.is_open = False

    # Members

    @rule(owner=owners, person=people, role=roles)
    def an_owner_changes_a_role(self, owner: Person, person: Person, role: Role) -> None:
        home = home_of(owner)
        done = self.tried(self.process.services.family.members.set_role(an_ask(owner, home), person.id, role))
        assert isinstance(done, Declined) != ((home, person) in self.members)
        if (home, person) in self.members:
            self.members[home, person] = replace(self.members[home, person], role=role)

    @rule(owner=owners, person=people, length=lengths)
    def an_owner_changes_an_end(self, owner: Person, person: Person, length: AccessLength) -> None:
        home = home_of(owner)
        done = self.tried(self.process.services.family.members.set_end(an_ask(owner, home), person.id, length))
        assert isinstance(done, Declined) != ((home, person) in self.members)
        if not isinstance(done, Declined):
            assert done is not None
            self.members[home, person] = replace(self.members[home, person], until=done.until)

    @rule(owner=owners, person=people, by=people)
    def an_owner_removes(self, owner: Person, person: Person, by: Person) -> None:
        """Nobody else can confirm it, and nobody can remove an owner."""
        home, services = home_of(owner), self.process.services
        asked = self.tried(services.family.members.ask_to_remove(an_ask(owner, home), person.id))
        assert isinstance(asked, Declined) != ((home, person) in self.members)
        if isinstance(asked, Declined) or asked is None:
            return
        if by is not owner:
            for chat in (home, home_of(by)):
                forged = self.tried(services.confirmation.confirm(an_ask(by, chat), asked.prompt.id, message=None))
                assert isinstance(forged, Declined)
            return
        done = self.do(services.confirmation.confirm(an_ask(owner, home), asked.prompt.id, message=None))
        assert isinstance(done, Removed)
        self.loses_access(home, person)

    # Groups

    @rule(owner=owners, chat=groups)
    def an_owner_shares_in_a_group(self, owner: Person, chat: int) -> None:
        home, group = home_of(owner), self.groups[chat]
        done = self.tried(self.process.services.family.groups.attach(an_ask(owner, group), home, title="The Smiths"))
        assert isinstance(done, Declined) != (home in self.linked)
        if home in self.linked:
            self.shared.add((group, home))

    @rule(chat=groups)
    def the_bot_is_removed_from_a_group(self, chat: int) -> None:
        self.do(self.process.services.family.groups.forget(self.groups[chat]))
        self.shared = {one for one in self.shared if one[0] != self.groups[chat]}

    @rule(chat=groups)
    def a_group_becomes_a_supergroup(self, chat: int) -> None:
        """Open questions stay open under the new id."""
        old = self.groups[chat]
        if old <= -MOVED:
            return
        new = ChatId(old - MOVED)
        self.do(ChatMigration(db=self.process.db, clock=self.town.clock).note(old, new))
        self.groups[chat] = new
        self.shared = {(new if place == old else place, home) for place, home in self.shared}
        for question in self.asked:
            if question.ask.chat == old:
                question.ask = replace(question.ask, chat=new)

    @rule(person=people, owner=owners, chat=groups)
    def somebody_asks_for_access(self, person: Person, owner: Person, chat: int) -> None:
        home, group = home_of(owner), self.groups[chat]
        ask = self.process.services.family.access_requests.ask
        done = self.tried(ask(an_ask(person, group), home, title=""))
        may = (group, home) in self.shared and home in self.linked and self.access(home, person) is None
        assert isinstance(done, Declined) != may
        if not isinstance(done, Declined):
            assert done is not None
            assert done == self.may_ask_again(home, person)
            if done:
                self.requests[home, person] = RequestState.OPEN, None

    def may_ask_again(self, home: ChatId, person: Person) -> bool:
        state, at = self.requests.get((home, person), (RequestState.ALLOWED, None))
        is_day_over = at is not None and at + timedelta(days=1) <= self.now
        return state is RequestState.ALLOWED or (state is RequestState.DENIED and is_day_over)

    @rule(owner=owners, person=people, answer=answers)
    def an_owner_answers(self, owner: Person, person: Person, answer: Role | RequestState) -> None:
        home = home_of(owner)
        done = self.tried(self.process.services.family.access_requests.answer(an_ask(owner, home), person.id, answer))
        may = self.requests.get((home, person), (None, None))[0] is RequestState.OPEN
        assert isinstance(done, Declined) != may
        if may and isinstance(answer, Role):
            self.members[home, person] = Access(answer, None)
            self.shared.add((home_of(person), home))
        if may:
            self.answered(home, person, RequestState.ALLOWED if isinstance(answer, Role) else answer)

    # Linking

    @rule(owner=owners)
    def an_owner_unlinks(self, owner: Person) -> None:
        home, services = home_of(owner), self.process.services
        prompt = self.tried(services.account.unlinking.ask(an_ask(owner, home)))
        assert isinstance(prompt, Declined) != (home in self.linked)
        if isinstance(prompt, Declined) or prompt is None:
            return
        done = self.do(services.confirmation.confirm(an_ask(owner, home), prompt.id, message=None))
        assert isinstance(done, Unlinked)
        self.linked.discard(home)
        self.members = {key: access for key, access in self.members.items() if key[0] != home}
        self.requests = {key: state for key, state in self.requests.items() if key[0] != home}
        self.shared = {one for one in self.shared if one[1] != home}
        for it in self.made:
            it.is_open = it.is_open and it.home != home
        for question in self.asked:
            question.is_open = question.is_open and question.home != home

    @rule(owner=owners)
    def links_again(self, owner: Person) -> None:
        """Nothing from before comes back."""
        self.process.db.run_now(lambda tx: self.links(tx, owner))
        self.linked.add(home_of(owner))

    # Acting, and time

    @rule(hours=st.sampled_from([0.5, 1, 12, 24, 60]))
    def time_passes(self, hours: float) -> None:
        async def pass_time() -> None:
            self.town.clock.advance(hours * 3600)
            await asyncio.sleep(0)

        self.do(pass_time())
        for question in self.asked:
            question.is_open = False  # its lifetime of a minute is over

    @rule(target=questions, person=people, owner=owners, chat=groups, is_private=st.booleans())
    def somebody_asks_to_unlock(self, person: Person, owner: Person, chat: int, is_private: bool) -> Question:
        """If they may not, an owner asks instead, so that there is a question."""
        place = home_of(person) if is_private else self.groups[chat]
        home = home_of(owner)
        question = self.question(person, place, home)
        if question is None:
            self.links_again(owner)
            question = self.question(owner, home, home)
        assert question is not None
        return question

    def question(self, person: Person, place: ChatId, home: ChatId) -> Question | None:
        ask = an_ask(person, place)
        asked = self.tried(self.process.services.actions.requests.request(ask, Action.UNLOCK, self.cars[home]))
        assert isinstance(asked, Asked) == self.may_act(person, place, home)
        if not isinstance(asked, Asked):
            return None
        self.asked.append(Question(asked, ask, home))
        return self.asked[-1]

    @rule(person=people, owner=owners, chat=groups, is_private=st.booleans())
    def somebody_locks(self, person: Person, owner: Person, chat: int, is_private: bool) -> None:
        place, home = home_of(person) if is_private else self.groups[chat], home_of(owner)
        request = self.process.services.actions.requests.request
        done = self.do(self.settled(request(an_ask(person, place), Action.LOCK, self.cars[home])))
        assert isinstance(done, Started) == self.may_act(person, place, home)
        self.commands += isinstance(done, Started)

    @rule(question=questions)
    def the_asker_confirms(self, question: Question) -> None:
        self.somebody_confirms(question, question.ask.person)

    @rule(question=questions, by=people)
    def somebody_confirms(self, question: Question, by: Person) -> None:
        """The access at the moment of the tap counts."""
        ask, confirm = an_ask(by, question.ask.chat), self.process.services.confirmation.confirm
        may = question.is_open and by == question.ask.person and self.may_act(by, ask.chat, question.home)
        done = self.do(self.settled(confirm(ask, question.asked.prompt.id, message=None)))
        assert isinstance(done, Started) == may
        if may:
            question.is_open = False
            self.commands += 1

    async def settled(self, work: Awaitable[T]) -> T | Declined:
        try:
            done = await work
        except Declined as no:
            return no
        await self.process.settles()
        return done

    @rule(question=questions, by=people)
    def somebody_cancels(self, question: Question, by: Person) -> None:
        ask = an_ask(by, question.ask.chat)
        done = self.tried(self.process.services.shared.prompting.cancel(ask, question.asked.prompt.id))
        may = by == question.ask.person or self.may_act(by, ask.chat, question.home)
        assert isinstance(done, Declined) != (question.is_open and may)
        if not isinstance(done, Declined):
            question.is_open = False

    def tried(self, work: Awaitable[T]) -> T | Declined:
        async def try_it() -> T | Declined:
            try:
                return await work
            except Declined as no:
                return no

        return self.do(try_it())

    # Invariants

    @invariant()
    def everybody_may_do_what_the_model_allows_and_nothing_else(self) -> None:
        """Compare every person in every chat with every car, owners included."""
        places = [*(home_of(person) for person in PEOPLE), *self.groups, *GROUPS]
        tries = [(person, place, home) for person in PEOPLE for place in places for home in self.cars]
        allowed = self.process.db.run_now(lambda tx: [self.is_permitted(tx, *one) for one in tries])
        assert allowed == [self.may_act(*one) for one in tries]

    def is_permitted(self, tx: Tx, person: Person, place: ChatId, home: ChatId) -> bool:
        try:
            found, _ = authorize_for_car(tx, an_ask(person, place), Ability.OPEN, self.cars[home], now=self.now)
        except Declined:
            return False
        return found.home.chat_id == home

    @invariant()
    def the_members_are_those_of_the_model(self) -> None:
        rows = self.process.db.run_now(lambda tx: {home: members.list_for(tx, home) for home in self.cars})
        found = {(home, row.person_id): Access(Role(row.role), row.until) for home in rows for row in rows[home]}
        assert found == {(home, person.id): access for (home, person), access in self.members.items()}

    @invariant()
    def dimo_got_one_command_for_each_confirmed_question(self) -> None:
        assert self.town.commands() == self.commands


LifeOfAFamily.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    # A failure shows its steps; finding the shortest sequence would take longer than a test may take.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TestLifeOfAFamily = LifeOfAFamily.TestCase
