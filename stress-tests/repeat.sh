#!/usr/bin/env bash
# repeat.sh [RUNS]: core's tests again and again, 50 runs to a JVM; stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."
left=${1:-200}
while ((left > 0)); do
  runs=$((left < 50 ? left : 50))
  mvn -q -pl core test -Dtest=Soak -Dsurefire.failIfNoSpecifiedTests=true "-Dloomloop.test.jvmArgs=-Dsoak.runs=$runs"
  left=$((left - runs))
  echo "repeat: $left runs left"
done
