# since 3.12: eager tasks
import asyncio


async def child(name, steps):
    print(name, "begins")
    for _ in range(steps):
        await asyncio.sleep(0)
        print(name, "goes on")
    return name


async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    loop.call_soon(print, "callback")
    a = asyncio.create_task(child("a", 0))
    print("created", a.done(), a.result())
    b = asyncio.create_task(child("b", 1))
    print("created", b.done())
    print(await b)


asyncio.run(main())
