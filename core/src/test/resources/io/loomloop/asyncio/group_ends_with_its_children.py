import asyncio


async def child(name, delay, group=None):
    await asyncio.sleep(delay)
    print(name)
    if group is not None:
        group.create_task(child("grandchild", 0.01))
    return name


async def main():
    async with asyncio.TaskGroup() as group:
        a = group.create_task(child("a", 0.02, group))
        group.create_task(child("b", 0.01))
        print("body ends")
    print("group ends", a.result())
    try:
        c = child("c", 0)
        group.create_task(c)
    except RuntimeError:
        c.close()
        print("too late")


asyncio.run(main())
