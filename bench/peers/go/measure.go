package main

import (
	"fmt"
	"sort"
	"time"
)

const runs = 5

// measure prints the median of five runs, after two that do not count. The body may return another start, after what it has prepared.
func measure(work string, operations int, body func() time.Time) {
	figures := make([]float64, 0, runs)
	for i := -2; i < runs; i++ {
		start := time.Now()
		if prepared := body(); !prepared.IsZero() {
			start = prepared
		}
		nanos := float64(time.Since(start).Nanoseconds())
		if i >= 0 {
			figures = append(figures, nanos/float64(operations))
		}
	}
	sort.Float64s(figures)
	fmt.Printf("%s\t%.1f\n", work, figures[runs/2])
}

// all is a body without anything prepared.
func all(body func()) func() time.Time {
	return func() time.Time {
		body()
		return time.Time{}
	}
}

func check(holds bool, what string) {
	if !holds {
		panic("wrong result: " + what)
	}
}
