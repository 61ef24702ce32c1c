// The works of the JMH benchmarks in Go, under the same names; all goroutines share one processor. Prints a line for each: work,
// nanoseconds per operation. A lock is not among them: sync.Mutex is not handed over, and a fair one is the semaphore.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	runtime.GOMAXPROCS(1)
	const switches = 1_000_000
	for _, tasks := range []int{2, 100, 10_000} {
		for _, depth := range []int{1, 10, 100} {
			tasks, depth := tasks, depth
			work := fmt.Sprintf("yieldInTurn, depth %d, tasks %d", depth, tasks)
			measure(work, switches, all(func() { yieldInTurn(tasks, depth, switches/tasks) }))
		}
	}
	measure("alone", switches, all(func() { yieldFor(switches) }))
	measure("callDown", 100_000, all(func() { callDown(100, 50_000) }))
	measure("pingPong", 100_000, all(func() { pingPong(100_000) }))
	measure("awaitDone", 100_000, all(func() { awaitDone(100_000) }))
	measure("oneByOne", 100_000, all(func() { oneByOne(100_000) }))
	measure("bulk", 500_000, all(func() { bulk(500_000) }))
	measure("gather", 50_000, all(func() {
		for i := 0; i < 50; i++ {
			gather(1_000)
		}
	}))
	measure("skynet", 1, all(func() { skynet(1_000_000) }))
	measure("semaphoreHandOver", 100_000, func() time.Time { return semaphoreHandOver(50_000) })
	measure("queuePutAndGet", 100_000, all(func() { queuePutAndGet(50_000) }))
	measure("eventWake", 100_000, all(func() { eventWake(50_000) }))
	measure("item", 100_000, all(func() { items(100_000) }))
	delays := hours(1_000_000)
	live := setTimers(delays)
	measure("setAndCancel", 1_000_000, all(func() { cancelTimers(setTimers(delays)) }))
	cancelTimers(live)
	measure("fire", 1_000_000, func() time.Time { return fire(1_000_000) })
	measure("cancelStorm", 100_000, all(func() { cancelStorm(100_000) }))
}
