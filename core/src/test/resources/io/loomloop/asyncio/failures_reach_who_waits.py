import asyncio


async def fails():
    await asyncio.sleep(0)
    raise ValueError("broken")


async def main():
    task = asyncio.create_task(fails())
    for attempt in range(2):
        try:
            await task
        except ValueError as e:
            print(attempt, e, e is task.exception())
    print(task.done(), task.cancelled())


asyncio.run(main())
