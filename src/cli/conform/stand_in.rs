//! The SQLite behind the `lsqlite3` of a real node that has none: this program, as one process for each database. Requests
//! come through its input, answers go to a named pipe, both as Skynet packs values, each with its length before it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, Statement, ffi};

use crate::base::{Table, Value};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::seri;

/// The arguments of that process.
#[derive(Debug, Args)]
pub(in crate::cli) struct StandInArgs {
    /// The named pipe for answers
    answers: PathBuf,
}

/// Answers until nobody asks any more: the service is gone.
pub(in crate::cli) fn execute(args: &StandInArgs) -> Result<Exit, CliError> {
    let answers = OpenOptions::new().write(true).open(&args.answers).map_err(CliError::file("open", &args.answers))?;
    serve(&mut io::stdin().lock(), answers).map_err(CliError::file("answer through", &args.answers))?;
    Ok(Exit::Passed)
}

fn serve(requests: &mut impl BufRead, mut answers: File) -> io::Result<()> {
    let mut database = Database::default();
    let mut length = String::new();
    while requests.read_line(&mut length)? > 0 {
        let size = length.trim().parse().map_err(io::Error::other)?;
        let mut request = Vec::new();
        requests.by_ref().take(size).read_to_end(&mut request)?;
        let request = seri::decode(&request).map_err(io::Error::other)?;
        let answer = seri::encode(&database.answer(&request)).map_err(io::Error::other)?;
        answers.write_all(format!("{}\n", answer.len()).as_bytes())?;
        answers.write_all(&answer)?;
        length.clear();
    }
    Ok(())
}

/// A database as one service has it.
#[derive(Default)]
struct Database(Option<Connection>);

impl Database {
    /// SQLite's code, its message, and what came of it.
    fn answer(&mut self, request: &[Value]) -> Vec<Value> {
        let text = |index: usize| request.get(index).and_then(Value::as_str).unwrap_or_default();
        let answered = match text(0) {
            "open" => self.open(Path::new(text(1))),
            "execute" => self.execute(text(1)),
            "prepare" => self.prepare(text(1)),
            _ => self.run(text(1), request.get(2..).unwrap_or_default()),
        };
        answered.unwrap_or_else(|error| failure(&error))
    }

    fn connection(&self) -> Result<&Connection, Error> {
        self.0.as_ref().ok_or_else(|| Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_MISUSE), None))
    }

    fn open(&mut self, path: &Path) -> Result<Vec<Value>, Error> {
        let connection = Connection::open(path)?;
        // Whoever wants to wait for others says so.
        connection.busy_timeout(Duration::ZERO)?;
        self.0 = Some(connection);
        Ok(vec![ffi::SQLITE_OK.into()])
    }

    fn execute(&self, script: &str) -> Result<Vec<Value>, Error> {
        self.connection()?.execute_batch(script)?;
        self.done(ffi::SQLITE_OK, Value::Nil)
    }

    fn prepare(&self, sql: &str) -> Result<Vec<Value>, Error> {
        let statement = self.connection()?.prepare(sql)?;
        Ok(vec![ffi::SQLITE_OK.into(), Value::Nil, (statement.parameter_count() as i64).into()])
    }

    /// Runs a statement to its end: all its rows.
    fn run(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Value>, Error> {
        let mut statement = self.connection()?.prepare(sql)?;
        for (index, parameter) in parameters.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, bound(parameter))?;
        }
        let rows = rows(&mut statement)?;
        self.done(ffi::SQLITE_DONE, Value::Table(Table { array: rows, pairs: Vec::new() }))
    }

    fn done(&self, code: i32, rows: Value) -> Result<Vec<Value>, Error> {
        let connection = self.connection()?;
        let changes = i64::try_from(connection.changes()).unwrap_or(i64::MAX);
        Ok(vec![code.into(), Value::Nil, changes.into(), connection.last_insert_rowid().into(), rows])
    }
}

fn failure(error: &Error) -> Vec<Value> {
    let code = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code & 0xff);
    let message = match error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    vec![code.into(), message.into()]
}

/// Each row as a table by column. What is NULL is not in it.
fn rows(statement: &mut Statement<'_>) -> Result<Vec<Value>, Error> {
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut pairs = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let value = match row.get_ref(index)? {
                ValueRef::Null => continue,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::String(bytes.to_vec()),
            };
            pairs.push((name.as_str().into(), value));
        }
        found.push(Value::table(pairs));
    }
    Ok(found)
}

/// A value of Lua as SQLite gets it from lsqlite3.
fn bound(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
        Value::Integer(number) => ValueRef::Integer(*number),
        Value::Float(number) => ValueRef::Real(*number),
        Value::String(bytes) => ValueRef::Text(bytes),
        Value::Nil | Value::Pointer(_) | Value::Table(_) => ValueRef::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(database: &mut Database, request: &[Value]) -> (i64, Vec<Value>) {
        let mut answer = database.answer(request);
        let code = answer.remove(0).as_integer().expect("a code");
        (code, answer)
    }

    #[test]
    fn it_answers_as_sqlite_does() {
        let mut database = Database::default();
        assert_eq!(ask(&mut database, &["run".into(), "SELECT 1".into()]).0, 21);
        assert_eq!(ask(&mut database, &["open".into(), ":memory:".into()]).0, 0);
        let table = "CREATE TABLE t(a TEXT PRIMARY KEY, b INTEGER CHECK(b > 0), c)";
        assert_eq!(ask(&mut database, &["execute".into(), table.into()]).0, 0);
        let (code, rest) = ask(&mut database, &["prepare".into(), "INSERT INTO t VALUES(?, ?, ?)".into()]);
        assert_eq!((code, &rest[1]), (0, &Value::Integer(3)));
        let insert = |b: i64| ["run".into(), "INSERT INTO t VALUES(?, ?, ?)".into(), "x".into(), b.into(), Value::Nil];
        let (code, rest) = ask(&mut database, &insert(5));
        assert_eq!((code, rest[1].clone(), rest[2].clone()), (101, 1.into(), 1.into()));
        assert_eq!(ask(&mut database, &insert(6)), (19, vec!["UNIQUE constraint failed: t.a".into()]));
        let (code, rest) = ask(&mut database, &["run".into(), "SELECT * FROM t".into()]);
        let row = Value::table(vec![("a".into(), "x".into()), ("b".into(), 5.into())]);
        assert_eq!((code, rest[3].get("1")), (101, Some(&row)));
        let (code, rest) = ask(&mut database, &["prepare".into(), "SELEKT".into()]);
        assert_eq!((code, rest), (1, vec!["near \"SELEKT\": syntax error".into()]));
    }
}
