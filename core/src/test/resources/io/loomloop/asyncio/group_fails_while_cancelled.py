# since 3.13: the group's errors win, and its task is cancelled again
import asyncio


async def child():
    try:
        await asyncio.sleep(1)
    finally:
        raise ValueError("child")


async def body():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            await asyncio.sleep(1)
    except ExceptionGroup as e:
        print("group", len(e.exceptions), asyncio.current_task().cancelling())
        await asyncio.sleep(0.01)
        print("never")


async def main():
    task = asyncio.create_task(body())
    await asyncio.sleep(0.01)
    task.cancel("from outside")
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", task.cancelling())


asyncio.run(main())
