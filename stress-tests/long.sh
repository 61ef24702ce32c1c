#!/usr/bin/env bash
# long.sh [MINUTES]: every stress test and its twin in every mode of the compiler (an hour or two), then the soak and the faults for
# that many minutes, 30 if none are given. On the JDK that JAVA_HOME names. First: mvn package -DskipTests
set -euo pipefail
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jar=stress-tests/target/jcstress.jar
"$java" -cp $jar io.loomloop.StressCheck -m default
"$java" "-Dminutes=${1:-30}" --add-opens=java.base/java.lang=ALL-UNNAMED -cp $jar io.loomloop.soak.Soak
