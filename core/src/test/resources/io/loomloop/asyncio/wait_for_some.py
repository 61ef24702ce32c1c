import asyncio


async def work(name, delay, fail=False):
    await asyncio.sleep(delay)
    if fail:
        raise ValueError(name)
    return name


def names(tasks, of):
    return " ".join(task.get_name() for task in of if task in tasks)


async def main():
    of = [asyncio.create_task(work(n, d, n == "c"), name=n) for n, d in (("a", 1.0), ("b", 0.01), ("c", 0.5))]
    done, pending = await asyncio.wait(of, return_when=asyncio.FIRST_COMPLETED)
    print("first completed:", names(done, of), "|", names(pending, of))
    done, pending = await asyncio.wait(of, return_when=asyncio.FIRST_EXCEPTION)
    print("first exception:", names(done, of), "|", names(pending, of))
    done, pending = await asyncio.wait(of, timeout=0.005)
    print("timeout:", names(done, of), "|", names(pending, of))
    done, pending = await asyncio.wait(of)
    print("all:", names(done, of), "|", names(pending, of), of[2].exception())


asyncio.run(main())
