import asyncio


async def waiter(name, event):
    await event.wait()
    print(name, "woke", event.is_set())


async def main():
    event = asyncio.Event()
    tasks = [asyncio.create_task(waiter(n, event)) for n in "ab"]
    await asyncio.sleep(0)
    event.set()
    event.clear()
    tasks.append(asyncio.create_task(waiter("c", event)))
    await asyncio.sleep(0.01)
    print(tasks[2].done())
    event.set()
    await waiter("main", event)
    await asyncio.wait(tasks)


asyncio.run(main())
