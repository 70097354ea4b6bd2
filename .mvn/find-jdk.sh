# Sourced by keyslot and test: finds a JDK that is new enough and exports it as JAVA_HOME.
# Reads files only; starts no program unless a JDK lacks its release file.

KEYSLOT_JAVA_MIN=25

# jdk_major DIR: sets major to the major version of the JDK in DIR; to 0 if there is none. No subshell: it runs at each start.
jdk_major() {
  major=0
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  local line version=
  if [ -r "$1/release" ]; then
    while IFS= read -r line; do
      case $line in JAVA_VERSION=*) version=${line#*\"} ;; esac
    done <"$1/release"
  fi
  if [ -z "$version" ]; then
    version=$("$1/bin/javac" -version 2>&1) || return 0
    version=${version#javac }
  fi
  version=${version%%[!0-9]*}
  major=${version:-0}
}

# find_jdk: JAVA_HOME if it is new enough, else the oldest one that is, in the usual places.
find_jdk() {
  local dir major best= best_major=
  if [ -n "${JAVA_HOME:-}" ]; then
    jdk_major "$JAVA_HOME"
    if [ "$major" -ge "$KEYSLOT_JAVA_MIN" ]; then
      export JAVA_HOME
      return 0
    fi
  fi
  for dir in /usr/lib/jvm/* /usr/java/* /usr/local/lib/jvm/* /usr/local/*jdk* /usr/local/*java* \
    /opt/*jdk* /opt/*java* /opt/java/* /opt/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
    "$HOME"/.asdf/installs/java/* "$HOME"/.local/share/mise/installs/java/*; do
    jdk_major "$dir"
    if [ "$major" -ge "$KEYSLOT_JAVA_MIN" ] && [ "$major" -lt "${best_major:-999}" ]; then
      best=$dir best_major=$major
    fi
  done
  if [ -z "$best" ]; then
    echo "keyslot: no JDK $KEYSLOT_JAVA_MIN or newer found: looked at JAVA_HOME=${JAVA_HOME:-(unset)}," \
      "/usr/lib/jvm, /usr/java, /usr/local, /opt, ~/.sdkman, ~/.jdks, ~/.asdf and mise;" \
      "get one from https://adoptium.net or with 'sdk install java 25-tem', then set JAVA_HOME" >&2
    return 1
  fi
  export JAVA_HOME=$best
}
