#!/usr/bin/env bash
# Measures, keeps the figures in bench/results, and writes all that is kept into docs/benchmarks.md. First: mvn package -DskipTests
#
#   bench/run.sh                    everything
#   bench/run.sh jmh [arguments]    JMH alone, with its arguments but for -f: ROUNDS=3 rounds of one fork
#   bench/run.sh peers [names]      those outside the JVM that are there: asyncio, uvloop, node, go, tokio
#   bench/run.sh latency | heap | sockets
#   bench/run.sh report             measures nothing
#   bench/run.sh smoke              everything once, as short as can be; keeps nothing
set -eo pipefail
status=0
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=bench/target/benchmarks.jar
run=bench/target/run
part=${1:-all}
command=
for word in "${@:-all}"; do
  case $word in
    *[!a-zA-Z0-9_.,=/-]*) word="'$word'" ;;
  esac
  command="$command $word"
done
[ $# = 0 ] || shift

main() {
  class=$1
  shift
  "$java" --add-opens=java.base/java.lang=ALL-UNNAMED -cp $jar "io.loomloop.bench.$class" "$@"
}

# Shows what is printed, and adds it to a file of the run.
figures() {
  tee -a "$run/$1"
}

# Rounds of one JVM each, and not that many JVMs in a row: when the machine is slower for some minutes, the median of each is of other minutes.
jmh() {
  case " $* " in
    *" -f "*)
      echo "not -f: a round is one fork, and ROUNDS says how many rounds" >&2
      exit 2
      ;;
  esac
  for round in $(seq "${ROUNDS:-3}"); do
    "$java" -jar $jar -prof gc -foe true -f 1 "$@" -rf json -rff $run/jmh-$round.json
  done
}

sockets() {
  main echo.EchoBenchmark "$@" | figures figures.tsv
  main echo.HttpBenchmark "$@" | figures figures.tsv
}

rm -rf $run
mkdir -p $run
case $part in
  all)
    jmh
    main LatencyBenchmark | figures figures.tsv
    main HeapPerTask | figures figures.tsv
    sockets
    bench/peers/run.sh | figures peers.tsv || status=1 # the rest is kept all the same
    ;;
  jmh) jmh "$@" ;;
  latency) main LatencyBenchmark "$@" | figures figures.tsv ;;
  heap) main HeapPerTask "$@" | figures figures.tsv ;;
  sockets) sockets ;;
  peers) bench/peers/run.sh "$@" | figures peers.tsv || status=1 ;;
  report) ;;
  smoke)
    "$java" --add-opens=java.base/java.lang=ALL-UNNAMED --add-exports=java.base/jdk.internal.vm=ALL-UNNAMED \
      -Djdk.virtualThreadScheduler.parallelism=1 -Djdk.virtualThreadScheduler.maxPoolSize=1 \
      -jar $jar -f 0 -wi 0 -i 1 -r 1ms -foe true "$@" >$run/smoke.txt
    main LatencyBenchmark 100
    main HeapPerTask 1000
    main echo.EchoBenchmark netty,selector,selector-thread,proactor,jdk 2 64 1 10
    main echo.HttpBenchmark netty-http,demo-selector,demo 2 64 1 10
    exit
    ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
if [ "$part" != report ]; then
  main report.Report keep $run bench/results "${ROUNDS:+ROUNDS=$ROUNDS }bench/run.sh$command"
fi
main report.Report write bench/results docs/benchmarks.md
exit $status
