import asyncio
import threading


async def work():
    await asyncio.sleep(0.01)
    print("task of another thread")
    return "result"


async def main():
    loop = asyncio.get_running_loop()
    results = []

    def other():
        loop.call_soon_threadsafe(print, "one")
        loop.call_soon_threadsafe(print, "two")
        results.append(asyncio.run_coroutine_threadsafe(work(), loop).result())
        loop.call_soon_threadsafe(done.set)

    done = asyncio.Event()
    threading.Thread(target=other).start()
    await done.wait()
    print(results[0])


asyncio.run(main())
