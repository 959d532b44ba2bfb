//! Generates the parser from `grammar.lalrpop`.
fn main() {
    println!("cargo:rerun-if-changed=grammar.lalrpop");
}
