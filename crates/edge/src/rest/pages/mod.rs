//! The pages in the browser: start, join (the meeting link itself), host, the sample app, and the packed SDKs.
//! The tokens their scripts ask for are in `tokens`; no rule of a meeting lives here.
mod files;
mod guard;
mod own_page;
mod problem;
mod throttle;
mod tokens;

use crate::App;
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use guard::Page;
use parvis_domain::ids::ResourceId;
use url::Position;

/// The sample app, served in demo mode only: its back end is this process.
#[derive(Clone, Debug)]
pub struct VisitDemo {
    /// The resource whose external identities its patients are.
    pub resource: ResourceId,
}

/// The routes, at the root. Can be mounted alone: the plain http listener serves nothing else.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/join/", get(join))
        .route("/meet/{id}", get(join))
        .route("/l/meetup-join/{thread}/{message}", get(join))
        .route("/host/", get(host))
        .route("/visit/", get(visit))
        .route("/join", get(async || Redirect::permanent("/join/")))
        .route("/host", get(async || Redirect::permanent("/host/")))
        .route("/visit", get(async || Redirect::permanent("/visit/")))
        // The operators' console has no page of its own yet; the start page names every door there is.
        .route("/console/", get(async || Redirect::temporary("/")))
        .route("/start/assets/{file}", get(asset::<{ START }>))
        .route("/join/assets/{file}", get(asset::<{ JOIN }>))
        .route("/host/assets/{file}", get(asset::<{ HOST }>))
        .route("/visit/assets/{file}", get(asset::<{ VISIT }>))
        .route(
            "/visit/clinic.svg",
            get(async |asked| file("visit/clinic.svg", &asked)),
        )
        .route("/brand/{file}", get(asset::<{ BRAND }>))
        .route(
            "/favicon.ico",
            get(async || Redirect::permanent("/brand/mark.svg")),
        )
        .route("/sdk/{file}", get(asset::<{ SDK }>))
        .merge(tokens::router())
}

/// What the host page asks for with its member's token: https only.
pub fn member_router() -> Router<App> {
    tokens::member_router()
}

/// Folders of `web/dist` whose files are served one by one.
const FOLDERS: [&str; 6] = [
    "start/assets",
    "join/assets",
    "host/assets",
    "visit/assets",
    "brand",
    "sdk",
];
const START: usize = 0;
const JOIN: usize = 1;
const HOST: usize = 2;
const VISIT: usize = 3;
const BRAND: usize = 4;
const SDK: usize = 5;

async fn start(State(app): State<App>, asked: HeaderMap) -> Response<Body> {
    page(Page::Start, &app, &asked)
}

async fn join(State(app): State<App>, asked: HeaderMap) -> Response<Body> {
    page(Page::Join, &app, &asked)
}

/// The members' page lives at the public origin only: signing in returns there.
async fn host(State(app): State<App>, asked: HeaderMap) -> Response<Body> {
    let origin = &app.services.context.origin;
    let public = &origin[Position::BeforeHost..Position::AfterPort];
    let named = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    if named.is_some_and(|named| !named.eq_ignore_ascii_case(public)) {
        return Redirect::temporary(&format!("{origin}host/")).into_response();
    }
    page(Page::Host, &app, &asked)
}

async fn visit(State(app): State<App>, asked: HeaderMap) -> Response<Body> {
    match app.visit {
        Some(_) => page(Page::Visit, &app, &asked),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn asset<const FOLDER: usize>(Path(name): Path<String>, asked: HeaderMap) -> Response<Body> {
    file(&format!("{}/{name}", FOLDERS[FOLDER]), &asked)
}

fn file(path: &str, asked: &HeaderMap) -> Response<Body> {
    let mut answer =
        files::answer(path, asked).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response());
    answer.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    answer
}

fn page(page: Page, app: &App, asked: &HeaderMap) -> Response<Body> {
    if !files::built() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "The pages are not built: run `npm --prefix web run build`, then build the server again.\n",
        )
            .into_response();
    }
    let path = format!("{}/index.html", page.folder());
    let mut answer =
        files::answer(&path, asked).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response());
    guard::protect(answer.headers_mut(), page, &app.services.context.origin);
    answer
}
