# The hub on a web server: what docgen has run there, over one SSH connection. Standard input brings the verbs, one a line.
# Debian's tools and busybox's. A connection that is cut ends it, and with it the lock.
set -u
export LC_ALL=C
umask 027
say() { printf '%s\n' "$*"; }
# The next one may begin as soon as this one has said how it ended.
free() { tidy; exec 9>&-; }
failed() { free; say "failed $*"; exit 1; }
gone() { mv "releases/$1" "releases/$1.partial" && rm -rf "releases/$1.partial"; }
live() { readlink current 2>/dev/null || say -; }
tidy() {
    if [ -s .pending ]; then
        pending=$(cat .pending)
        case $pending in
        */* | .*) ;;
        *) [ "releases/$pending" = "$(live)" ] || [ ! -d "releases/$pending" ] || gone "$pending" ;;
        esac
    fi
    rm -rf releases/*.partial releases/*.sums .current .mark .pending
    [ ! -d current ] || rm -f run.json run.css
}
flushed() { sync -f releases 2>/dev/null || sync; }
switched() {
    ln -s "releases/$1" .current && mv -fT .current current || failed "the link current could not be switched"
    flushed
}
bytes() { dd bs=1 count="$1" 2>/dev/null; }

mkdir -p "$1/releases" 2>/dev/null || { say "failed $1 cannot be made, or written to"; exit 1; }
cd "$1" && [ -w . ] && [ -w releases ] || { say "failed $1 cannot be written to"; exit 1; }
for one in flock tar sha256sum readlink dd; do
    command -v "$one" >/dev/null || { say "failed there is no $one on that machine"; exit 1; }
done
exec 9>>.lock || { say "failed the lock cannot be made"; exit 1; }
flock -n 9 || { say "busy"; exit 1; }
tidy
say "live $(live)"
for one in releases/*; do [ ! -d "$one" ] || say "release ${one#releases/}"; done
say "ready"

while read -r verb name size; do
    case $verb in
    get)
        if [ -f "current/$name" ]; then
            say "size $(($(wc -c <"current/$name")))"
            cat "current/$name"
        else
            say "none"
        fi
        ;;
    mark) # a file of the live release that may change
        place=current
        [ -d current ] || place=.
        bytes "$size" >.mark && mv -f .mark "$place/$name" || failed "the mark of the run could not be written"
        say "done"
        ;;
    put) # a release: what follows is a tar of it, in which links lead to the live one
        tar -xof - 2>/dev/null || failed "what was sent did not arrive as a whole, or there is no room for it"
        (cd "releases/$name.partial" && sha256sum -c "../$name.sums" >/dev/null 2>&1) ||
            failed "differs"
        rm -f "releases/$name.sums"
        flushed
        say "$name" >.pending
        mv "releases/$name.partial" "releases/$name" || failed "the release could not be renamed"
        switched "$name"
        rm -f .pending
        total=0 seen=0
        for one in releases/*; do total=$((total + 1)); done
        for one in releases/*; do
            seen=$((seen + 1))
            [ "$seen" -gt $((total - size)) ] || [ "$one" = "$(live)" ] || gone "${one#releases/}"
        done
        free
        say "done"
        exit 0
        ;;
    back) # to the release NAME, which then says of the last run what the live one says
        for one in run.json run.css; do
            [ ! -f "current/$one" ] || { cp "current/$one" .mark && mv -f .mark "releases/$name/$one"; }
        done
        switched "$name"
        free
        say "done"
        exit 0
        ;;
    esac
done
tidy
