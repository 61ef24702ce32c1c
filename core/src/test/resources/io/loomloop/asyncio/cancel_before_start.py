import asyncio


async def never():
    print("never")


async def main():
    task = asyncio.create_task(never())
    print("cancel", task.cancel("too early"))
    print("done yet", task.done())
    try:
        await task
    except asyncio.CancelledError as e:
        print("cancelled", e)
    print(task.cancelled(), task.cancel())


asyncio.run(main())
