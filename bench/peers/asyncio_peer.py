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


GATHERINGS = 50


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


async def one():
    return 1


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

        assert await asyncio.gather(*(deep(depth, bottom) for _ in range(tasks))) == [depth] * tasks

    return main


def call_down(depth, times):
    async def main():
        async def caller():
            for _ in range(times // 2):
                assert await deep(depth, lambda: asyncio.sleep(0)) == depth

        await asyncio.gather(caller(), caller())

    return main


def ping_pong(rounds):
    async def main():
        loop = asyncio.get_running_loop()
        inbox = [loop.create_future(), loop.create_future()]

        async def first():
            total = 0
            for _ in range(rounds):
                inbox[1].set_result(1)
                total += await inbox[0]
                inbox[0] = loop.create_future()
            return total

        async def second():
            total = 0
            for _ in range(rounds):
                total += await inbox[1]
                inbox[1] = loop.create_future()
                inbox[0].set_result(1)
            return total

        assert await asyncio.gather(first(), second()) == [rounds, rounds]

    return main


def await_done(count):
    async def main():
        loop = asyncio.get_running_loop()
        kept = [None] * 1024
        total = 0
        for i in range(count):
            kept[i % 1024] = future = loop.create_future()
            future.set_result(1)
            total += await future
        assert total == count

    return main


def hand_over(make, times_each):
    """Two tasks, each of which waits for the lock, or the permit, of the other one."""

    async def main():
        lock = make()
        hands = []

        async def task(name):
            await lock.acquire()
            await asyncio.sleep(0)  # for the other one to stand in line
            for _ in range(times_each):
                hands.append(name)
                lock.release()
                await lock.acquire()
            lock.release()

        await asyncio.gather(task("a"), task("b"))
        assert hands == ["a", "b"] * times_each

    return main


def queue_put_and_get(rounds):
    async def main():
        there = asyncio.Queue()
        back = asyncio.Queue()

        async def first():
            total = 0
            for _ in range(rounds):
                await there.put(1)
                total += await back.get()
            return total

        async def second():
            for _ in range(rounds):
                await back.put(await there.get())

        assert await asyncio.gather(first(), second()) == [rounds, None]

    return main


def event_wake(rounds):
    async def main():
        there = asyncio.Event()
        back = asyncio.Event()

        async def first():
            for _ in range(rounds):
                there.set()
                await back.wait()
                back.clear()

        async def second():
            for _ in range(rounds):
                await there.wait()
                there.clear()
                back.set()

        await asyncio.gather(first(), second())
        assert not there.is_set() and not back.is_set()

    return main


def items(count):
    async def main():
        async def generator():
            for _ in range(count):
                yield 1

        total = 0
        async for item in generator():
            total += item
        assert total == count

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
        for _ in range(GATHERINGS):
            assert sum(await asyncio.gather(*(one() for _ in range(count)))) == count

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


def fire(count):
    async def main():
        loop = asyncio.get_running_loop()
        delays = [random.uniform(0, 0.001) for _ in range(count)]
        done = loop.create_future()
        fired = 0

        def timer():
            nonlocal fired
            fired += 1
            if fired == count:
                done.set_result(None)

        start = time.perf_counter_ns()
        for delay in delays:
            loop.call_later(delay, timer)
        await done
        return start

    return main


def cancel_storm(count):
    async def main():
        tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)

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
        measure(f"yieldInTurn, depth {depth}, tasks {tasks}", 100_000, yield_in_turn(tasks, depth, 100_000))
measure("alone", 100_000, lambda: yield_for(100_000))
measure("callDown", 10_000, call_down(100, 10_000))
measure("pingPong", 20_000, ping_pong(20_000))
measure("awaitDone", 20_000, await_done(20_000))
measure("oneByOne", 20_000, one_by_one(20_000))
measure("bulk", 500_000, bulk(500_000))
measure("gather", GATHERINGS * 1_000, gather(1_000))
measure("skynet", 1, skynet(1_000_000))
measure("lockHandOver", 20_000, hand_over(asyncio.Lock, 10_000))
measure("semaphoreHandOver", 20_000, hand_over(lambda: asyncio.Semaphore(1), 10_000))
measure("queuePutAndGet", 20_000, queue_put_and_get(10_000))
measure("eventWake", 20_000, event_wake(10_000))
measure("item", 100_000, items(100_000))
measure("setAndCancel", 1_000_000, set_and_cancel(1_000_000))
measure("fire", 1_000_000, fire(1_000_000))
measure("cancelStorm", 100_000, cancel_storm(100_000))
for producers in (1, 4):
    measure(f"submit, producers {producers}", 20_000, submit(producers, 20_000))
