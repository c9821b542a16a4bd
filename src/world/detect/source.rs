//! What the text of a service's code says about a variable: whether a function has looked at it before it waited and
//! not after, or has kept a copy. A glance at lines, not a parser: it only backs what was seen in a run.

/// How what a function did after a wait depends on what it saw before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// It was compared with something, in this line, and not again after the wait.
    Checked(usize),
    /// A copy of it, made in this line, is used to set it after the wait.
    Copied(usize),
}

/// What the function around line `wait` (from 1) does with the variable of one of these names, the best one first.
pub(super) fn stale(text: &str, wait: usize, names: &[String]) -> Option<Stale> {
    let lines: Vec<&str> = text.lines().map(code).collect();
    let (first, last) = function_around(&lines, wait)?;
    let (before, after) = (first + 1..wait, wait + 1..last);
    let mentioned = |name: &&String| before.clone().any(|number| has_word(lines[number - 1], name));
    let name = names.iter().find(mentioned)?;
    let compared = |number: &usize| compares(lines[number - 1], name);
    if !after.clone().any(|number| compared(&number))
        && let Some(line) = before.clone().rev().find(compared)
    {
        return Some(Stale::Checked(line));
    }
    // `local have = gold[uid]` before, `gold[uid] = have - amount` after.
    before.rev().find_map(|number| {
        let (local, value) = lines[number - 1].trim().strip_prefix("local ")?.split_once('=')?;
        let local = local.trim();
        let copied = has_word(value, name) && !value.contains('{') && local.chars().all(is_word);
        let set = |line: &str| {
            line.split_once('=').is_some_and(|(to, from)| {
                has_word(to, name) && !to.trim_start().starts_with("local ") && has_word(from, local)
            })
        };
        (copied && after.clone().any(|number| set(lines[number - 1]))).then_some(Stale::Copied(number))
    })
}

/// Whether the function around line `wait` sets the variable, after it, to something made of what it is then.
pub(super) fn adds(text: &str, wait: usize, names: &[String]) -> bool {
    let lines: Vec<&str> = text.lines().map(code).collect();
    let Some((_, last)) = function_around(&lines, wait) else { return false };
    let adds = |line: &str, name: &String| {
        line.split_once('=').is_some_and(|(to, from)| has_word(to, name) && has_word(from, name))
    };
    (wait + 1..last).any(|number| names.iter().any(|name| adds(lines[number - 1], name)))
}

/// Whether a file declares a local variable outside of all functions.
pub(super) fn declares(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let names = line.strip_prefix("local ").map(|rest| rest.split('=').next().unwrap_or(rest));
        names.is_some_and(|names| has_word(code(names), name))
    })
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("--").next().unwrap_or(line)
}

/// The lines (from 1) with which the innermost function around a line begins and ends, by their indentation.
fn function_around(lines: &[&str], wait: usize) -> Option<(usize, usize)> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(lines.get(wait.checked_sub(1)?)?);
    let begins = |number: &usize| {
        let line = lines[number - 1];
        has_word(line, "function") && depth(line) < own
    };
    let first = (1..wait).rev().find(begins)?;
    let ends =
        |number: &usize| !lines[number - 1].trim().is_empty() && depth(lines[number - 1]) <= depth(lines[first - 1]);
    let last = (wait + 1..=lines.len()).find(ends).unwrap_or(lines.len());
    Some((first, last))
}

/// Whether a line compares something of this name with something.
fn compares(line: &str, name: &str) -> bool {
    const COMPARISONS: [&str; 5] = ["<", ">", "==", "~=", "not "];
    const BRANCHES: [&str; 5] = ["if", "elseif", "while", "until", "assert"];
    has_word(line, name)
        && COMPARISONS.iter().any(|sign| line.contains(sign))
        && BRANCHES.iter().any(|word| has_word(line, word))
}

fn has_word(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(word).map(|at| from + at) {
        let end = at + word.len();
        let apart = !text[..at].ends_with(is_word) && !text[end..].starts_with(is_word);
        if apart {
            return true;
        }
        from = end;
    }
    false
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn looked_at_before_and_not_after() {
        let buy = "\
local function other()
	if bought[uid] > 1 then return end
end
function CMD.buy(uid)
	if bought[uid] >= LIMIT then -- bought
		return false
	end
	skynet.call(bank, \"lua\", \"pay\", uid)
	bought[uid] = bought[uid] + 1
end
";
        assert_eq!(stale(buy, 8, &names(&["bought"])), Some(Stale::Checked(5)));
        assert_eq!(stale(buy, 8, &names(&["uid", "bought"])), Some(Stale::Checked(5)), "a key is a name, too");
        assert_eq!(stale(buy, 8, &names(&["sold"])), None);
        let again = buy.replace("\tbought[uid] = bought[uid] + 1", "\tif bought[uid] < LIMIT then f() end");
        assert_eq!(stale(&again, 8, &names(&["bought"])), None, "it looks again");
        let after = buy.replace("if bought[uid] >= LIMIT then", "do");
        assert_eq!(stale(&after, 8, &names(&["bought"])), None, "it does not look");
    }

    #[test]
    fn what_is_added_to() {
        let count = "\
local function ask(key)
	local ok, kind = skynet.call(gate, \"lua\", key)
	answered[kind] = (answered[kind] or 0) + 1
end
";
        assert!(adds(count, 2, &names(&["good", "answered"])));
        assert!(!adds(&count.replace("(answered[kind] or 0) + 1", "key"), 2, &names(&["good", "answered"])));
    }

    #[test]
    fn a_copy_is_written_back() {
        let add = "\
function CMD.add(name, n)
	local have = gold[name]
	skynet.call(audit, \"lua\", n)
	gold[name] = have + n
end
";
        assert_eq!(stale(add, 3, &names(&["ann", "gold"])), Some(Stale::Copied(2)));
        let fresh = add.replace("= have + n", "= gold[name] + n");
        assert_eq!(stale(&fresh, 3, &names(&["gold"])), None);
    }

    #[test]
    fn variables_of_a_file() {
        let text = "local a, b = 1, 2\nfunction f()\n\tlocal c = 1\nend\nlocal d -- e\n";
        let found: Vec<&str> = ["a", "b", "c", "d", "e", "f"].into_iter().filter(|name| declares(text, name)).collect();
        assert_eq!(found, ["a", "b", "d"]);
    }

    #[test]
    fn lines_that_are_not_there() {
        assert_eq!(stale("", 1, &names(&["a"])), None);
        assert_eq!(stale("a\n", 0, &names(&["a"])), None);
        assert_eq!(stale("a\n", 9, &names(&["a"])), None);
    }
}
