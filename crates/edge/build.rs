//! The pages are built by npm into `web/dist` and embedded from there. Without that build the folder is empty and the
//! server says so (503); the crate must compile either way.
use std::{fs, path::Path};

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    fs::create_dir_all(&dist).expect("the folder of the built pages can be made");
    println!("cargo::rerun-if-changed={}", dist.display());
}
