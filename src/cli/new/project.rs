//! The scenario that starts listings, and what is told about them.

use toml_edit::{Array, Value};

use super::listings::{Listing, Role};

/// The text of `scenario.toml`.
pub(super) fn scenario(source: &str, listings: &[Listing]) -> String {
    let title = Value::from(format!("the listings of {source}, as they are written"));
    let mut text = format!(
        "schema  = 1\ntitle   = {title}\ndialect = \"tutorial\"\nuntil   = \"5m\"\n\n\
         [node]\nluaservice = \"./?.lua\"\nlua_path   = {}\n",
        Value::from(lua_path(listings)),
    );
    let services = of_role(listings, Role::Service).map(|listing| listing.path.trim_end_matches(".lua"));
    text.push_str(&service("listings", "Each listing that is a service, started as one.", services));
    let fragments = of_role(listings, Role::Fragment).map(|listing| listing.path.as_str());
    text.push_str(&service(
        "fragments",
        "The others, one after another, in a service that has what they lean on.",
        fragments,
    ));
    text.push_str(
        "\n# What happens to them: calls by the names that they have registered, or of functions in the fragments.\n\
         # [[event]]\n# at   = \"1s\"\n# call = { to = \".NAME\", args = [\"command\", 1] }\n",
    );
    text
}

fn of_role(listings: &[Listing], role: Role) -> impl Iterator<Item = &Listing> {
    listings.iter().filter(move |listing| listing.role == role)
}

/// A service of the dialect with these arguments; nothing if there are none.
fn service<'a>(name: &str, about: &str, args: impl Iterator<Item = &'a str>) -> String {
    let args: Array = args.collect();
    if args.is_empty() {
        return String::new();
    }
    format!("\n# {about}\n[[service]]\nname = \"{name}\"\nfile = \"{name}\"\nargs = {}\n", Value::from(args))
}

/// Every folder that has a listing in it.
fn lua_path(listings: &[Listing]) -> String {
    let mut patterns = vec!["./?.lua".to_owned()];
    for listing in listings.iter().filter(|listing| listing.role != Role::Fragment) {
        let folder = listing.path.rsplit_once('/').map(|(folder, _)| format!("{folder}/?.lua"));
        patterns.extend(folder.filter(|pattern| !patterns.contains(pattern)));
    }
    patterns.join(";")
}

/// What was made, a line each.
pub(super) fn account(folder: &str, listings: &[Listing]) -> String {
    let width = listings.iter().map(|listing| listing.path.len()).max().unwrap_or_default();
    let mut text = format!("  {folder}/scenario.toml\n");
    for Listing { path, role, lines, .. } in listings {
        let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
        let blocks = if lines.len() == 1 { "line" } else { "several blocks, put together: lines" };
        let what = match role {
            Role::Service => "a service",
            Role::Module => "starts nothing by itself: others may load it",
            Role::Fragment => "names no file and starts nothing: run by the service `fragments`",
        };
        text.push_str(&format!("  {folder}/{path:width$}  {what} ({blocks} {})\n", numbers.join(", ")));
    }
    text
}
