import asyncio

items = []


async def consumer(name, condition):
    async with condition:
        await condition.wait_for(lambda: items)
        print(name, "takes", items.pop(0))


async def waits(condition):
    async with condition:
        try:
            await condition.wait()
        except asyncio.CancelledError:
            print("cancelled, holds the lock:", condition.locked())
            raise


async def main():
    condition = asyncio.Condition()
    tasks = [asyncio.create_task(consumer(n, condition)) for n in "ab"]
    await asyncio.sleep(0.01)
    async with condition:
        condition.notify_all()
    await asyncio.sleep(0.01)
    print("spurious", tasks[0].done())
    async with condition:
        items.extend([1, 2])
        condition.notify(2)
        print("notified")
    await asyncio.wait(tasks)
    task = asyncio.create_task(waits(condition))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    try:
        condition.notify()
    except RuntimeError:
        print("needs the lock")


asyncio.run(main())
