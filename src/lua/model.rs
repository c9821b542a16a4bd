//! A scenario's model of a service: Lua operations on a table, which answer as the service should. The table leaves
//! Lua after each of them, so that any state can be gone back to.

use mlua::{Function, Lua, MultiValue, Table};

use super::sandbox::{DEPTH_MAX, Sandbox, brief, from_lua, to_lua};
use crate::base::Value;
use crate::seri;

/// The keys that a model may have.
const KEYS: [&str; 4] = ["init", "operations", "restart", "state"];

/// A model, ready to be asked.
pub struct Model {
    /// Before the state, which none of these must outlive.
    init: Option<Function>,
    operations: Table,
    restart: Option<Function>,
    agrees: Option<Function>,
    /// What an operation returns where the service shall raise an error.
    error: Table,
    sandbox: Sandbox,
}

/// What a model says to an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// It answers with these values.
    Values(Vec<Value>),
    /// It raises an error.
    Error,
    /// A function of the model has looked at the answer, and it will do.
    Fits,
    /// A function of the model has looked at the answer, and it will not.
    Refused,
}

impl Model {
    /// Compiles a model. The file must return a table with `operations`.
    ///
    /// # Errors
    /// When the file does not compile, fails, or returns something else.
    pub fn new(path: &str, source: &[u8]) -> Result<Model, String> {
        let sandbox = Sandbox::new("model")?;
        let give_error = || -> mlua::Result<Option<Table>> {
            let Some(lua) = sandbox.begin() else { return Ok(None) };
            let (sim, error) = (lua.create_table()?, lua.create_table()?);
            sim.raw_set("error", &error)?;
            lua.globals().raw_set("sim", sim)?;
            Ok(Some(error))
        };
        let error = give_error().map_err(|error| brief(&error))?.ok_or("there is no Lua state")?;
        let returned = sandbox.run(path, source).map_err(|error| brief(&error))?;
        let mlua::Value::Table(table) = returned else {
            let found = returned.type_name();
            return Err(format!("a model returns a table, `return {{ operations = {{ .. }} }}`; this returns {found}"));
        };
        for key in table.pairs::<mlua::Value, mlua::Value>().filter_map(|pair| Some(pair.ok()?.0)) {
            if !KEYS.iter().any(|known| key.as_string().is_some_and(|key| key == *known)) {
                let key = key.to_string().unwrap_or_default();
                return Err(format!("a model has no `{key}`; there are {}", KEYS.join(", ")));
            }
        }
        let function = |key: &str| match table.raw_get(key) {
            Ok(mlua::Value::Nil) => Ok(None),
            Ok(mlua::Value::Function(function)) => Ok(Some(function)),
            Ok(other) => Err(format!("`{key}` is a function; this is a {}", other.type_name())),
            Err(error) => Err(brief(&error)),
        };
        let (init, restart, agrees) = (function("init")?, function("restart")?, function("state")?);
        let operations: Table =
            table.raw_get("operations").map_err(|_| "`operations` is a table of functions".to_owned())?;
        Ok(Model { init, operations, restart, agrees, error, sandbox })
    }

    /// The commands that it knows.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let pairs = self.operations.pairs::<String, Function>();
        let mut names: Vec<String> = pairs.filter_map(|pair| Some(pair.ok()?.0)).collect();
        names.sort_unstable();
        names
    }

    /// The state in which the service begins; of one thing, if its history is apart.
    ///
    /// # Errors
    /// What the model raised, or why what it returned is no state.
    pub fn init(&mut self, key: Option<&Value>) -> Result<Value, String> {
        let Some(init) = &self.init else { return Ok(Value::Table(crate::base::Table::default())) };
        let Some(lua) = self.sandbox.begin() else { return Ok(Value::Nil) };
        let call = || -> mlua::Result<mlua::Value> { init.call(to_lua(lua, key.unwrap_or(&Value::Nil))?) };
        state_from(&call().map_err(|error| brief(&error))?)
    }

    /// Does an operation: the state after it, and what the model says. `got` is what the service answered, if it did.
    ///
    /// # Errors
    /// What the model raised, or why what it returned is no value.
    pub fn apply(
        &mut self,
        state: &Value,
        command: &str,
        args: &[Value],
        got: Option<&[Value]>,
    ) -> Result<(Value, Said), String> {
        let Some(lua) = self.sandbox.begin() else { return Ok((Value::Nil, Said::Fits)) };
        let call = || -> mlua::Result<(mlua::Value, MultiValue)> {
            let operation: Function = self.operations.raw_get(command)?;
            let table = to_lua(lua, state)?;
            let mut values = MultiValue::from_vec(vec![table.clone()]);
            values.extend(list(lua, args)?);
            Ok((table, operation.call(values)?))
        };
        let (table, returned) = call().map_err(|error| brief(&error))?;
        let said = match returned.front() {
            Some(mlua::Value::Function(judge)) => judged(lua, judge, got).map_err(|error| brief(&error))?,
            Some(mlua::Value::Table(first)) if *first == self.error => Said::Error,
            _ => {
                let values: Result<Vec<Value>, String> =
                    returned.iter().map(|value| from_lua(value, DEPTH_MAX)).collect();
                Said::Values(values?)
            }
        };
        Ok((state_from(&table)?, said))
    }

    /// The state after the service was started anew: by default the one in which it began.
    ///
    /// # Errors
    /// What the model raised, or why what it returned is no state.
    pub fn restart(&mut self, state: &Value, key: Option<&Value>) -> Result<Value, String> {
        let Some(restart) = &self.restart else { return self.init(key) };
        let Some(lua) = self.sandbox.begin() else { return Ok(Value::Nil) };
        let call = || -> mlua::Result<mlua::Value> {
            let table = to_lua(lua, state)?;
            let returned: mlua::Value = restart.call(&table)?;
            Ok(if returned.is_nil() { table } else { returned })
        };
        state_from(&call().map_err(|error| brief(&error))?)
    }

    /// Whether it says anything about the service's own state.
    #[must_use]
    pub fn compares_states(&self) -> bool {
        self.agrees.is_some()
    }

    /// Why the service's own state is not what the model's state says, if it is not.
    ///
    /// # Errors
    /// What the model raised.
    pub fn disagrees(&mut self, state: &Value, service: &Value, key: Option<&Value>) -> Result<Option<String>, String> {
        let Some(agrees) = &self.agrees else { return Ok(None) };
        let Some(lua) = self.sandbox.begin() else { return Ok(None) };
        let call = || -> mlua::Result<(mlua::Value, mlua::Value)> {
            let key = to_lua(lua, key.unwrap_or(&Value::Nil))?;
            agrees.call((to_lua(lua, state)?, to_lua(lua, service)?, key))
        };
        match call().map_err(|error| brief(&error))? {
            (mlua::Value::Nil | mlua::Value::Boolean(false), reason) => Ok(Some(match reason {
                mlua::Value::Nil => "`state` returned false".to_owned(),
                reason => reason.to_string().unwrap_or_else(|error| brief(&error)),
            })),
            _ => Ok(None),
        }
    }
}

fn list(lua: &Lua, values: &[Value]) -> mlua::Result<Vec<mlua::Value>> {
    values.iter().map(|value| to_lua(lua, value)).collect()
}

/// Lets a function of the model look at an answer; one that never came will do.
fn judged(lua: &Lua, judge: &Function, got: Option<&[Value]>) -> mlua::Result<Said> {
    let Some(got) = got else { return Ok(Said::Fits) };
    let verdict: mlua::Value = judge.call(MultiValue::from_vec(list(lua, got)?))?;
    let refused = matches!(verdict, mlua::Value::Nil | mlua::Value::Boolean(false));
    Ok(if refused { Said::Refused } else { Said::Fits })
}

/// A state as data, its pairs in an order that depends on nothing but them.
fn state_from(value: &mlua::Value) -> Result<Value, String> {
    if !value.is_table() {
        return Err(format!("a state is a table; this is a {}", value.type_name()));
    }
    let mut state = from_lua(value, DEPTH_MAX)?;
    sort(&mut state);
    Ok(state)
}

fn sort(value: &mut Value) {
    if let Value::Table(table) = value {
        table.array.iter_mut().for_each(sort);
        for (key, item) in &mut table.pairs {
            sort(key);
            sort(item);
        }
        table.pairs.sort_by_cached_key(|(key, _)| seri::encode(std::slice::from_ref(key)).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = r#"return {
        init = function(key) return { name = key, balance = 0 } end,
        operations = {
            add = function(state, n) state.balance = state.balance + n return state.balance end,
            take = function(state, n)
                if n > state.balance then return sim.error end
                state.balance = state.balance - n
                return true
            end,
            id = function(state) return function(got) state.id = got return got > 5 end end,
        },
    }"#;

    fn balance(name: &str, balance: i64) -> Value {
        Value::table(vec![("name".into(), name.into()), ("balance".into(), balance.into())])
    }

    #[test]
    fn operations_change_a_state_that_leaves_lua() {
        let mut model = Model::new("m.lua", ACCOUNT.as_bytes()).unwrap();
        assert_eq!(model.commands(), ["add", "id", "take"]);
        let start = model.init(Some(&"ann".into())).unwrap();
        assert_eq!(start, balance("ann", 0));
        let (more, said) = model.apply(&start, "add", &[5.into()], None).unwrap();
        assert_eq!((&more, said), (&balance("ann", 5), Said::Values(vec![5.into()])));
        assert_eq!(model.apply(&more, "take", &[6.into()], None).unwrap(), (more.clone(), Said::Error));
        assert_eq!(model.apply(&start, "add", &[1.into()], None).unwrap().0, balance("ann", 1), "an older state");
        assert_eq!(model.restart(&more, Some(&"bob".into())), Ok(balance("bob", 0)));
    }

    #[test]
    fn a_function_judges_what_nobody_can_know() {
        let mut model = Model::new("m.lua", ACCOUNT.as_bytes()).unwrap();
        let start = model.init(None).unwrap();
        let said = |model: &mut Model, got: Option<&[Value]>| model.apply(&start, "id", &[], got).unwrap();
        assert_eq!(said(&mut model, Some(&[7.into()])).0.get("id"), Some(&7.into()));
        assert_eq!(said(&mut model, Some(&[4.into()])).1, Said::Refused);
        assert_eq!(said(&mut model, None), (start.clone(), Said::Fits));
    }

    #[test]
    fn the_states_of_service_and_model_are_compared() {
        let source = "return { operations = {}, state = function(m, s) return m.n == s.n, 'n differs' end }";
        let mut model = Model::new("m.lua", source.as_bytes()).unwrap();
        let n = |n: i64| Value::table(vec![("n".into(), n.into())]);
        assert!(model.compares_states());
        assert_eq!(model.disagrees(&n(1), &n(1), None), Ok(None));
        assert_eq!(model.disagrees(&n(1), &n(2), None), Ok(Some("n differs".to_owned())));
    }

    #[test]
    fn what_is_no_model() {
        let reason = |source: &str| Model::new("m.lua", source.as_bytes()).err().unwrap_or_default();
        assert!(reason("return 1").contains("returns integer"), "{}", reason("return 1"));
        assert!(reason("return { operation = {} }").contains("no `operation`"));
        assert!(reason("return { init = 1, operations = {} }").contains("`init` is a function"));
        assert!(reason("return {}").contains("table of functions"));
        let mut model =
            Model::new("m.lua", b"return { operations = { a = function(s) s.f = print or next end } }").unwrap();
        let start = model.init(None).unwrap();
        assert!(model.apply(&start, "a", &[], None).is_err_and(|reason| reason.contains("function")));
        let mut model = Model::new("m.lua", b"return { init = function() return 1 end, operations = {} }").unwrap();
        assert!(model.init(None).is_err_and(|reason| reason.contains("a state is a table")));
    }
}
