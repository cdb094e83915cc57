from dataclasses import replace

import pytest

from storage.engine.database import Database
from storage.repositories import cars
from tests.support.records import CAR, CHAT, DAY, MINUTE, NOW, a_car, some_details


@pytest.fixture
def with_car(database: Database) -> Database:
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, [a_car()]))
    return database


def test_car_is_read_as_it_was_stored(with_car: Database) -> None:
    assert with_car.run_now(lambda tx: cars.get(tx, CHAT, CAR)) == a_car()


def test_car_of_another_chat_is_not_found(with_car: Database) -> None:
    assert with_car.run_now(lambda tx: cars.get(tx, CHAT + 1, CAR)) is None


def test_cars_are_listed_in_their_order(database: Database) -> None:
    garage = [a_car(car_id=3, position=0), a_car(car_id=1, position=1), a_car(car_id=2, position=2)]
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, list(reversed(garage))))
    assert database.run_now(lambda tx: cars.list_for(tx, CHAT)) == garage


def test_car_that_is_not_in_the_new_list_is_deleted(with_car: Database) -> None:
    with_car.run_now(lambda tx: cars.replace_all(tx, CHAT, [a_car(car_id=CAR + 1)]))
    assert with_car.run_now(lambda tx: cars.list_for(tx, CHAT)) == [a_car(car_id=CAR + 1)]


def test_learning_keeps_the_details_that_are_not_given(with_car: Database) -> None:
    with_car.run_now(lambda tx: cars.learn(tx, CHAT, CAR, reports=["bodyLockIsLocked"]))
    with_car.run_now(lambda tx: cars.learn(tx, CHAT, CAR, cannot=["frunk"]))
    learned = some_details(reports=("bodyLockIsLocked",), cannot=("frunk",))
    assert with_car.run_now(lambda tx: cars.get(tx, CHAT, CAR)) == a_car(details=learned)


def test_car_that_reports_nothing_differs_from_one_that_was_never_asked(with_car: Database) -> None:
    with_car.run_now(lambda tx: cars.learn(tx, CHAT, CAR, reports=[]))
    assert with_car.run_now(lambda tx: cars.get(tx, CHAT, CAR)) == a_car(details=some_details(reports=()))


def test_learning_about_a_removed_car_does_nothing(with_car: Database) -> None:
    with_car.run_now(lambda tx: cars.learn(tx, CHAT, CAR + 1, reports=["speed"]))
    assert with_car.run_now(lambda tx: cars.list_for(tx, CHAT)) == [a_car()]


def test_learned_details_survive_a_new_list(with_car: Database) -> None:
    with_car.run_now(lambda tx: cars.learn(tx, CHAT, CAR, reports=["speed"], cannot=["frunk"]))
    renamed = a_car(details=some_details(name="Blue"))
    with_car.run_now(lambda tx: cars.replace_all(tx, CHAT, [renamed]))
    expected = some_details(name="Blue", reports=("speed",), cannot=("frunk",))
    assert with_car.run_now(lambda tx: cars.get(tx, CHAT, CAR)) == a_car(details=expected)


def device_of(database: Database, car_id: int = CAR) -> str | None:
    car = database.run_now(lambda tx: cars.get(tx, CHAT, car_id))
    assert car is not None
    return car.details.device_id


@pytest.fixture
def with_device(with_car: Database) -> Database:
    with_car.run_now(lambda tx: cars.learn(tx, CHAT, CAR, device_id="2ab3XyZ"))
    return with_car


def test_device_id_stays_until_another_is_learned(with_device: Database) -> None:
    with_device.run_now(lambda tx: cars.learn(tx, CHAT, CAR, reports=["speed"]))
    assert device_of(with_device) == "2ab3XyZ"
    with_device.run_now(lambda tx: cars.learn(tx, CHAT, CAR, device_id="2other"))
    assert device_of(with_device) == "2other"


def test_device_id_survives_a_new_list(with_device: Database) -> None:
    with_device.run_now(lambda tx: cars.replace_all(tx, CHAT, [a_car(), a_car(car_id=CAR + 1)]))
    assert device_of(with_device) == "2ab3XyZ"
    assert device_of(with_device, CAR + 1) is None


def test_device_id_of_a_new_list_replaces_the_known_one(with_device: Database) -> None:
    renewed = a_car(details=some_details(device_id="2other"))
    with_device.run_now(lambda tx: cars.replace_all(tx, CHAT, [renewed]))
    assert device_of(with_device) == "2other"


def test_forgetting_the_device_keeps_the_other_details(with_device: Database) -> None:
    with_device.run_now(lambda tx: cars.learn(tx, CHAT, CAR, reports=["speed"]))
    with_device.run_now(lambda tx: cars.forget_device(tx, CHAT, CAR))
    expected = a_car(details=some_details(reports=("speed",)))
    assert with_device.run_now(lambda tx: cars.get(tx, CHAT, CAR)) == expected


def test_forgetting_the_device_of_a_removed_car_does_nothing(with_device: Database) -> None:
    with_device.run_now(lambda tx: cars.forget_device(tx, CHAT, CAR + 1))
    assert device_of(with_device) == "2ab3XyZ"


def test_ending_shares_are_listed_soonest_first(database: Database) -> None:
    soon = a_car(share_expires_at=NOW + MINUTE)
    sooner = a_car(car_id=CAR + 1, share_expires_at=NOW)
    others = [a_car(car_id=CAR + 2), a_car(car_id=CAR + 3, share_expires_at=None)]
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, [soon, sooner, *others]))
    assert database.run_now(lambda tx: cars.ending(tx, before=NOW + DAY)) == [sooner, soon]


def test_the_end_of_a_share_is_announced_once(database: Database) -> None:
    car = a_car(share_expires_at=NOW)
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, [car]))
    database.run_now(lambda tx: cars.mark_announced(tx, CHAT, CAR, was=None, now=NOW))
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, [car]))
    assert database.run_now(lambda tx: cars.ending(tx, before=NOW + DAY)) == []


def test_share_with_a_new_end_is_announced_again(database: Database) -> None:
    car = a_car(share_expires_at=NOW)
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, [car]))
    database.run_now(lambda tx: cars.mark_announced(tx, CHAT, CAR, was=None, now=NOW))
    longer = replace(car, share_expires_at=NOW + MINUTE)
    database.run_now(lambda tx: cars.replace_all(tx, CHAT, [longer]))
    assert database.run_now(lambda tx: cars.ending(tx, before=NOW + DAY)) == [longer]
