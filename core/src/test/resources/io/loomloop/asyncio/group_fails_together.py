import asyncio

seen = []


async def child(name, delay, fail):
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        seen.append(name)
        if fail == "late":
            raise KeyError(name)
        raise
    if fail:
        raise ValueError(name)


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(child("a", 0.01, "now"))
            group.create_task(child("b", 1, "late"))
            group.create_task(child("c", 1, ""))
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                print("cancelled body")
                raise
    except ExceptionGroup as e:
        print(len(e.exceptions), " ".join(type(x).__name__[0] for x in e.exceptions))
    print(" ".join(sorted(seen)), asyncio.current_task().cancelling())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(child("d", 1, ""))
            await asyncio.sleep(0)
            raise OSError("body")
    except ExceptionGroup as e:
        print(len(e.exceptions), e.exceptions[0])


asyncio.run(main())
