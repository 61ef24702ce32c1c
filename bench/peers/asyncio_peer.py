"""The works of the JMH benchmarks in asyncio, under the same names. Prints a line for each: work, nanoseconds per operation.

python3 asyncio_peer.py [uvloop]
"""

import asyncio
import random
import statistics
import sys
import time

if sys.argv[1:] == ["uvloop"]:
    import uvloop

    new_loop = uvloop.new_event_loop
else:
    new_loop = asyncio.new_event_loop


def measure(work, operations, main):
    """The median of five runs, each on a loop of its own, after one that does not count."""
    figures = []
    for _ in range(6):
        with asyncio.Runner(loop_factory=new_loop) as runner:
            figures.append(runner.run(timed(main)) / operations)
    print(f"{work}\t{statistics.median(figures[1:]):.0f}", flush=True)


async def timed(main):
    """Nanoseconds that it takes; main may return another start, after what it has prepared."""
    start = time.perf_counter_ns()
    start = await main() or start
    return time.perf_counter_ns() - start


async def nothing():
    pass


async def yield_for(times):
    for _ in range(times):
        await asyncio.sleep(0)


async def deep(depth, bottom):
    if depth == 1:
        await bottom()
        return 1
    return await deep(depth - 1, bottom) + 1


def yield_in_turn(tasks, depth, switches):
    async def main():
        async def bottom():
            await yield_for(switches // tasks)

        await asyncio.gather(*(deep(depth, bottom) for _ in range(tasks)))

    return main


def call_down(depth, times):
    async def main():
        async def caller():
            for _ in range(times // 2):
                await deep(depth, lambda: asyncio.sleep(0))

        await asyncio.gather(caller(), caller())

    return main


def ping_pong(rounds):
    async def main():
        loop = asyncio.get_running_loop()
        inbox = [loop.create_future(), loop.create_future()]

        async def one():
            for _ in range(rounds):
                inbox[1].set_result(1)
                await inbox[0]
                inbox[0] = loop.create_future()

        async def other():
            for _ in range(rounds):
                await inbox[1]
                inbox[1] = loop.create_future()
                inbox[0].set_result(1)

        await asyncio.gather(one(), other())

    return main


def one_by_one(count):
    async def main():
        for _ in range(count):
            await asyncio.create_task(nothing())

    return main


def bulk(count):
    async def main():
        for task in [asyncio.create_task(nothing()) for _ in range(count)]:
            await task

    return main


def gather(count):
    async def main():
        await asyncio.gather(*(nothing() for _ in range(count)))

    return main


def skynet(leaves):
    async def node(first, size):
        if size == 1:
            return first
        part = size // 10
        return sum(await asyncio.gather(*(node(first + i * part, part) for i in range(10))))

    async def main():
        assert await node(0, leaves) == leaves * (leaves - 1) // 2

    return main


def set_and_cancel(count):
    async def main():
        loop = asyncio.get_running_loop()
        delays = [random.uniform(3600, 7200) for _ in range(count)]
        live = [loop.call_later(delay, print) for delay in delays]
        start = time.perf_counter_ns()
        for timer in [loop.call_later(delay, print) for delay in delays]:
            timer.cancel()
        return start

    return main


def cancel_storm(count):
    async def main():
        tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    return main


def submit(producers, items):
    async def main():
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        ran = 0

        def item():
            nonlocal ran
            ran += 1
            if ran == items:
                done.set_result(None)

        def produce():
            for _ in range(items // producers):
                loop.call_soon_threadsafe(item)

        for _ in range(producers):
            loop.run_in_executor(None, produce)
        await done

    return main


for tasks in (2, 100, 10_000):
    for depth in (1, 10, 100):
        measure(f"yieldInTurn, tasks {tasks}, depth {depth}", 100_000, yield_in_turn(tasks, depth, 100_000))
measure("alone", 100_000, lambda: yield_for(100_000))
measure("callDown", 10_000, call_down(100, 10_000))
measure("pingPong", 20_000, ping_pong(20_000))
measure("oneByOne", 20_000, one_by_one(20_000))
measure("bulk", 500_000, bulk(500_000))
measure("gather", 1_000, gather(1_000))
measure("skynet", 1, skynet(1_000_000))
measure("setAndCancel", 1_000_000, set_and_cancel(1_000_000))
measure("cancelStorm", 100_000, cancel_storm(100_000))
for producers in (1, 4):
    measure(f"submit, producers {producers}", 20_000, submit(producers, 20_000))
