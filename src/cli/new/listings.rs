//! The Lua listings of a Markdown text: which file each becomes, and what it is there. Knows no files of the host.

/// A listing, as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// Its file in the project.
    pub(super) path: String,
    /// What it is there.
    pub(super) role: Role,
    /// Its text.
    pub(super) text: String,
    /// The lines of the Markdown text at which its blocks begin, from 1.
    pub(super) lines: Vec<usize>,
}

/// What a listing is in the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A service: it calls `skynet.start`.
    Service,
    /// A file that others load.
    Module,
    /// A piece of a service: it has no name, and starts nothing.
    Fragment,
}

/// What every service calls, at the beginning of a line: elsewhere it may stand in a text.
const START: &str = "skynet.start";

/// Where services go that have no name of their own.
const SERVICES: &str = "services";

/// Where listings go that are no whole file.
const FRAGMENTS: &str = "fragments";

/// All blocks in Lua. Blocks that name the same file are one listing, in their order.
pub(super) fn in_markdown(text: &str) -> Vec<Listing> {
    let mut found: Vec<Listing> = Vec::new();
    for block in blocks(text) {
        let named = file_name(&block.text);
        if let Some(earlier) = found.iter_mut().find(|listing| named.as_ref() == Some(&listing.path)) {
            earlier.text.push('\n');
            earlier.text.push_str(&block.text);
            earlier.lines.push(block.line);
            earlier.role = role(&earlier.text, Role::Module);
            continue;
        }
        let role = role(&block.text, if named.is_some() { Role::Module } else { Role::Fragment });
        let path = named.unwrap_or_else(|| {
            let heading = slug(&block.heading);
            let name = if heading.is_empty() { format!("line_{}", block.line) } else { heading };
            let folder = if role == Role::Service { SERVICES } else { FRAGMENTS };
            free_path(&format!("{folder}/{name}"), &found)
        });
        found.push(Listing { path, role, text: block.text, lines: vec![block.line] });
    }
    found
}

/// A service, if it starts one.
fn role(text: &str, otherwise: Role) -> Role {
    if text.lines().any(|line| line.starts_with(START)) { Role::Service } else { otherwise }
}

/// The path with a number, if another listing has it without.
fn free_path(stem: &str, taken: &[Listing]) -> String {
    let mut path = format!("{stem}.lua");
    let mut number = 1_u32;
    while taken.iter().any(|listing| listing.path == path) {
        number += 1;
        path = format!("{stem}_{number}.lua");
    }
    path
}

/// A fenced block in Lua.
struct Block {
    text: String,
    /// At which line it begins, from 1.
    line: usize,
    /// The last heading before it.
    heading: String,
}

/// What began a block: how far in, with which characters, and how many of them.
struct Fence {
    indent: usize,
    mark: char,
    length: usize,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut heading = String::new();
    let mut open: Option<(Fence, Language)> = None;
    for (index, line) in text.lines().enumerate() {
        match (&open, fence(line)) {
            (None, Some((fence, info))) => {
                let language = language(info);
                if language == Language::Lua {
                    found.push(Block { text: String::new(), line: index + 1, heading: heading.clone() });
                }
                open = Some((fence, language));
            }
            (None, None) => {
                let words = line.trim_start_matches('#');
                if words.len() < line.len() && words.starts_with(' ') {
                    heading = words.trim().to_owned();
                }
            }
            (Some((begun, _)), Some((fence, info)))
                if fence.mark == begun.mark && fence.length >= begun.length && info.is_empty() =>
            {
                open = None;
            }
            (Some((begun, Language::Lua)), _) => {
                if let Some(block) = found.last_mut() {
                    block.text.push_str(without_indent(line, begun.indent));
                    block.text.push('\n');
                }
            }
            (Some((_, Language::Other)), _) => {}
        }
    }
    found
}

/// Which language a block is in.
#[derive(PartialEq, Eq)]
enum Language {
    Lua,
    Other,
}

fn language(info: &str) -> Language {
    let word = info.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty());
    if word.is_some_and(|word| word.eq_ignore_ascii_case("lua")) { Language::Lua } else { Language::Other }
}

/// A line that begins or ends a block, and what stands behind its mark.
fn fence(line: &str) -> Option<(Fence, &str)> {
    let rest = line.trim_start();
    let mark = rest.chars().next().filter(|mark| "`~".contains(*mark))?;
    let info = rest.trim_start_matches(mark);
    let length = rest.len() - info.len();
    let indent = line.len() - rest.len();
    (length >= 3 && !info.contains('`')).then(|| (Fence { indent, mark, length }, info.trim()))
}

/// A line without what a block in a list is indented by.
fn without_indent(line: &str, indent: usize) -> &str {
    let blank = line.len() - line.trim_start().len();
    line.get(blank.min(indent)..).unwrap_or(line)
}

/// The file that a listing names: the first word of a comment that it begins with.
fn file_name(text: &str) -> Option<String> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let comment = first.trim_start().strip_prefix("--")?.trim_start();
    let end = comment.find(|c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c))).unwrap_or(comment.len());
    let path = comment[..end].strip_prefix("./").unwrap_or(&comment[..end]);
    // It is written below the project's folder, and nowhere else.
    let inside = path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    (inside && path.ends_with(".lua")).then(|| path.to_owned())
}

/// A heading as the name of a file, without what it repeats in brackets.
fn slug(heading: &str) -> String {
    let words = heading.split(['(', '（']).next().unwrap_or(heading).to_ascii_lowercase();
    let words: Vec<&str> = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(String, Role)> {
        in_markdown(text).into_iter().map(|listing| (listing.path, listing.role)).collect()
    }

    #[test]
    fn a_block_is_the_file_that_it_names() {
        let text =
            "# A\n```lua\n-- services/room.lua（房间）\nskynet.start()\n```\n```lua\n\n-- lib/x.lua\nreturn 1\n```\n";
        assert_eq!(paths(text), [("services/room.lua".into(), Role::Service), ("lib/x.lua".into(), Role::Module)]);
    }

    #[test]
    fn a_block_without_a_name_has_that_of_its_heading() {
        let text = "## 2.1 State, again（2.1 状态）\n```Lua\nlocal a\n```\n``` lua\nlocal b\n```\n# 状态\n~~~lua\nskynet.start()\n~~~\n";
        let expected = [
            ("fragments/2_1_state_again.lua", Role::Fragment),
            ("fragments/2_1_state_again_2.lua", Role::Fragment),
            ("services/line_9.lua", Role::Service),
        ];
        assert_eq!(paths(text), expected.map(|(path, role)| (path.to_owned(), role)));
    }

    #[test]
    fn a_service_within_a_text_is_none() {
        assert_eq!(
            paths("```lua\n-- a.lua\nlocal code = [[\n  skynet.start()\n]]\n```\n"),
            [("a.lua".into(), Role::Module)]
        );
    }

    #[test]
    fn the_text_of_a_block_is_kept_as_it_is() {
        let text =
            "- item\n  ````lua\n  if x then\n    -- ```\n\n  end\n  ````\n```sh\n# no heading\n```\n```lua\nlast";
        let texts: Vec<String> = in_markdown(text).into_iter().map(|listing| listing.text).collect();
        assert_eq!(texts, ["if x then\n  -- ```\n\nend\n", "last\n"]);
    }

    #[test]
    fn blocks_of_one_file_are_one_listing() {
        let text = "```lua\n-- a.lua\none()\n```\n```lua\n-- b.lua\n```\n```lua\n-- ./a.lua, continued\ntwo()\n```\n";
        let found = in_markdown(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "-- a.lua\none()\n\n-- ./a.lua, continued\ntwo()\n");
        assert_eq!(found[0].lines, [1, 8]);
    }

    #[test]
    fn nothing_is_named_outside_of_the_project() {
        for name in ["/etc/x.lua", "../x.lua", "a/../x.lua", "a//x.lua", ".git/x.lua", "x.txt", "a comment"] {
            assert_eq!(file_name(&format!("-- {name}\n")), None, "{name}");
        }
    }

    #[test]
    fn other_languages_are_no_listings() {
        assert_eq!(paths("```luau\nx\n```\n```\nx\n```\n```python\n# lua\n```\n"), []);
    }
}
