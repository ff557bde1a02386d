//! Who is calling: signed requests of a resource's back end, and bearers of user and member tokens. Shared by the
//! dialects, which may not import one another.
mod bearer;
pub mod canonical;
mod denied;
mod signed;

pub use bearer::{Bearer, MemberBearer, bearer_token};
pub use denied::Denied;
pub use signed::{Signed, parse_imf_fixdate};
