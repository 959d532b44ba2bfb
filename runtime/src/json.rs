//! Placeholder: the real module is about to replace this file.
#[allow(missing_docs)]
pub struct JsonError {
    pub message: String,
    pub line: u32,
    pub column: u32,
    pub offset: u32,
}
#[allow(missing_docs)]
pub fn parse(_t: &str) -> Result<crate::value::Value, JsonError> {
    Err(JsonError { message: String::new(), line: 0, column: 0, offset: 0 })
}
