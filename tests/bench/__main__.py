"""Measure both bots in one run: `python -m tests.bench [--taps 100] [--chats 200] [--actions 1000]`."""

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path

from tests.bench import measures
from tests.bench.rigs import Bench, Rig, bench

STARTS = 9


async def measure(taps: int, chats: int, actions: int) -> None:
    """Run every measurement and print its figures."""
    with tempfile.TemporaryDirectory() as folder:
        async with bench(Path(folder), families=chats) as both:
            await start(both)
            await measures.prepare(both)
            await latency(both, taps)
            rounds = max(1, actions // chats)
            await rushes(both, rounds)
            memory(both, taps + rounds * chats)
            for fake in (both.dimo, both.ours.telegram, both.bare.telegram):
                print(f"violations: {fake.violations[:3] or 'none'}")


async def start(both: Bench) -> None:
    """Measure the start, on an empty database and, both bots in turn, on one that is there."""
    rigs: tuple[Rig, Rig] = (both.bare, both.ours)
    firsts = [await rig.start() for rig in rigs]
    print(f"license signed in {await measures.sign_in(both) * 1000:.0f} ms after the first getUpdates")
    later = [[await measures.restart(rig) for rig in rigs] for _ in range(STARTS)]
    medians = [statistics.median(seconds) for seconds in zip(*later, strict=True)]
    for rig, first, median in zip(rigs, firsts, medians, strict=True):
        print(f"start to first getUpdates, {rig.name}: first {first:.2f} s, warm median {median:.2f} s")
    print(f"start to first getUpdates, ours / bare: {medians[1] / medians[0]:.2f}")


async def latency(both: Bench, taps: int) -> None:
    """Measure single taps, both bots in turn."""
    for name, act in (("confirming tap", measures.confirming_tap), ("warm lock", measures.warm_lock)):
        seen: dict[str, list[tuple[float, int]]] = {"ours": [], "bare": []}
        for number in range(taps + 1):
            for rig in (both.ours, both.bare):
                seen[rig.name].append(await act(both, rig, rig.families[0]))
                if not number:
                    seen[rig.name].clear()  # the first one opens connections
        report(name, seen)


def report(name: str, seen: dict[str, list[tuple[float, int]]]) -> None:
    """Print one line for each bot, and their ratio."""
    medians = {}
    for bot, results in seen.items():
        times = [seconds * 1000 for seconds, _ in results]
        medians[bot] = statistics.median(times)
        calls = sorted({count for _, count in results})
        print(
            f"{name}, {bot}: median {medians[bot]:.1f} ms, p95 {measures.percentile(times, 95):.1f} ms "
            f"over {len(times)}; DIMO calls each: {calls}"
        )
    print(f"{name}, ours / bare: {medians['ours'] / medians['bare']:.2f}")


async def rushes(both: Bench, rounds: int) -> None:
    """Measure many chats tapping Lock at once, both bots in turn."""
    for _ in range(rounds):
        for rig in (both.ours, both.bare):
            seen = await measures.rush(rig)
            print(
                f"{seen.taps} chats tap Lock at once, {rig.name}: {seen.per_second:.0f} a second; "
                f"answered {seen.answered}, sent {seen.sent}, finished {seen.finished}, "
                f"Telegram calls each {seen.telegram_calls / seen.taps:.1f}, "
                f"processor each {seen.cpu / seen.taps * 1000:.1f} ms"
            )


def memory(both: Bench, actions: int) -> None:
    """Print the memory of both processes."""
    rigs: tuple[Rig, Rig] = (both.ours, both.bare)
    for rig in rigs:
        held = rig.memory()
        now, most = held["VmRSS"], held["VmHWM"]
        print(f"memory after {actions} actions and more, {rig.name}: {now:.0f} MB, at most {most:.0f} MB")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=100)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--actions", type=int, default=1000)
    given = parser.parse_args()
    asyncio.run(measure(given.taps, given.chats, given.actions))


if __name__ == "__main__":
    main()
