import asyncio

ended = []


async def child(name):
    try:
        await asyncio.sleep(1)
    finally:
        ended.append(name)


async def body(ready):
    async with asyncio.TaskGroup() as group:
        a = group.create_task(child("a"))
        group.create_task(child("b"))
        group.create_task(child("c"))
        await asyncio.sleep(0.01)
        a.cancel()
        await asyncio.sleep(0.01)
        print("a child alone", " ".join(ended))
        ready.set_result(None)
        await asyncio.sleep(1)


async def main():
    ready = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(body(ready))
    await ready
    task.cancel("from outside")
    try:
        await task
    except asyncio.CancelledError as e:
        print("cancelled", task.cancelling(), " ".join(sorted(ended)))


asyncio.run(main())
