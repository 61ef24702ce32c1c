import asyncio


async def stubborn():
    for i in range(2):
        try:
            await asyncio.sleep(0.05)
            print("slept", i)
        except asyncio.CancelledError:
            print("swallowed", i, asyncio.current_task().cancelling())
    return "value"


async def main():
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    print(task.cancel(), task.cancel())
    print(await task, task.cancelled(), task.cancelling(), task.cancel())


asyncio.run(main())
