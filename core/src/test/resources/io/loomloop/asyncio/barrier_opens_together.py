import asyncio


async def party(name, barrier, delay):
    await asyncio.sleep(delay)
    try:
        print(name, "gets", await barrier.wait())
    except asyncio.BrokenBarrierError:
        print(name, "broken")


async def main():
    barrier = asyncio.Barrier(3)
    async with asyncio.TaskGroup() as group:
        for i, name in enumerate("abc"):
            group.create_task(party(name, barrier, i / 100))
    task = asyncio.create_task(party("d", barrier, 0))
    await asyncio.sleep(0.01)
    print(barrier.n_waiting)
    await barrier.abort()
    await task
    print(barrier.broken)
    await barrier.reset()
    print(barrier.broken, barrier.n_waiting)


asyncio.run(main())
