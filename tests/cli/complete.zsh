# What zsh offers at the end of a line, one a line: zsh -f complete.zsh DIR LINE, DIR being where _fpmsentinel is.
# In a terminal of its own, since completion is part of zsh's line editor.
zmodload zsh/zpty
export OFFERS=$(mktemp) DIR=$1
zpty shell 'zsh -f -i'
zpty -w shell 'fpath=($DIR $fpath); autoload -Uz compinit; compinit -u -D
compadd() {
    local -a found
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
    else
        builtin compadd -A found "$@"
        print -rl -- $found >>$OFFERS
    fi
}
offer() { _main_complete; print of""fered }
zle -C offer complete-word offer; bindkey "^I" offer
zle-line-init() { print rea""dy }; zle -N zle-line-init'
# what is typed before the line editor runs may be lost
while zpty -r shell line && [[ $line != *ready* ]]; do :; done
zpty -n -w shell "$2"$'\t'
while zpty -r shell line && [[ $line != *offered* ]]; do :; done
sort -u $OFFERS
zpty -d shell
rm $OFFERS
