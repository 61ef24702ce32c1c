#!/bin/sh
# Runs the JMH benchmarks and writes their results into docs/benchmarks.md: bench/run.sh [JMH's arguments]. First: mvn package
set -e
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
results=bench/target/results.json
rm -f $results
"$java" -jar bench/target/benchmarks.jar -prof gc "$@" -rf json -rff $results
"$java" -cp bench/target/benchmarks.jar io.loomloop.bench.report.Report $results docs/benchmarks.md -prof gc "$@"
