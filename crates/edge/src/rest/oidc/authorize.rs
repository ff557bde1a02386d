//! The authorization endpoint and its two forms: sign in, and consent. Works without script.
use super::{
    cookies,
    error::log_failure,
    page::{self, Notice, Page},
    parameters::{Parameters, QUERY_BYTES_MAX, ResponseMode, answer_address},
    status_of,
    token::read_form,
};
use crate::App;
use axum::{
    body::Body,
    extract::{ConnectInfo, FromRequestParts, Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use parvis_domain::directory::Member;
use parvis_service::sign_in::{Asked, Granted, OAuthError, Refused, Tenant, WrongSignIn};
use std::net::{IpAddr, SocketAddr};

/// A client's question as it came, checked, with what is needed to answer it.
pub(super) struct Question {
    app: App,
    headers: HeaderMap,
    /// The path's `T` and the query, for the forms' addresses.
    tenant: String,
    query: String,
    parameters: Parameters,
    asked: Asked,
    redirect_uri: String,
    mode: ResponseMode,
    address: Option<IpAddr>,
}

impl FromRequestParts<App> for Question {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let on_page = |error: OAuthError| page::refusal(&error);
        let Path(tenant): Path<String> = Path::from_request_parts(parts, app)
            .await
            .map_err(|_| on_page(OAuthError::UnknownTenant))?;
        let known = Tenant::parse(&tenant).ok_or_else(|| on_page(OAuthError::UnknownTenant))?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        if query.len() > QUERY_BYTES_MAX {
            return Err(on_page(OAuthError::Unsupported("query")));
        }
        let parameters = Parameters::parse(&query).map_err(on_page)?;
        let redirect_uri = parameters
            .find("redirect_uri")
            .unwrap_or_default()
            .to_owned();
        let mode = ResponseMode::parse(parameters.find("response_mode"));
        let asked = app
            .services
            .sign_in
            .ask(known, parameters.authorize_request())
            .await;
        let asked = asked.map_err(|refused| match refused {
            Refused::OnPage(error) => page::refusal(&error),
            Refused::AtClient(error) => {
                let mode = mode.as_ref().copied().unwrap_or(ResponseMode::Query);
                error_answer(&redirect_uri, mode, &parameters, &error)
            }
        })?;
        let mode = mode.map_err(|error| {
            error_answer(&redirect_uri, ResponseMode::Query, &parameters, &error)
        })?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            app: app.clone(),
            headers: parts.headers.clone(),
            tenant,
            query,
            parameters,
            asked,
            redirect_uri,
            mode,
            address: peer.map(|ConnectInfo(peer)| peer.ip()),
        })
    }
}

/// `GET authorize`: a code when the browser is signed in, the sign-in form otherwise.
pub(super) async fn show(question: Question) -> Response {
    let prompt = question.parameters.find("prompt").unwrap_or_default();
    let (silent, anew) = (
        prompt == "none",
        matches!(prompt, "login" | "select_account"),
    );
    match question.session_member().await {
        Ok(Some(member)) if !anew => question.answer(&member, false, silent).await,
        Ok(_) if silent => question.refuse(&OAuthError::LoginRequired),
        Ok(_) => {
            let hint = question.parameters.find("login_hint").unwrap_or_default();
            question.sign_in_page(StatusCode::OK, hint, None)
        }
        Err(error) => question.refuse(&error),
    }
}

/// `POST authorize`: the same question in a form (OpenID Connect 3.1.2.1).
pub(super) async fn repost(Path(tenant): Path<String>, headers: HeaderMap, body: Body) -> Response {
    match read_form(&headers, body).await {
        Ok(form) if form.len() <= QUERY_BYTES_MAX && Tenant::parse(&tenant).is_some() => {
            see_other(&format!(
                "/{tenant}/oauth2/v2.0/authorize?{}",
                form.replace(['\r', '\n'], "")
            ))
        }
        Ok(_) => page::refusal(&OAuthError::Unsupported("body")),
        Err(error) => page::refusal(&error),
    }
}

/// The sign-in form.
pub(super) async fn sign_in(question: Question, body: Body) -> Response {
    let form = match question.read_own_form(body).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let name = form.find("username").unwrap_or_default();
    let password = form.find("password").unwrap_or_default();
    let sign_in = &question.app.services.sign_in;
    match sign_in
        .authenticate(&question.asked, name, password, question.address)
        .await
    {
        Ok(signed_in) => {
            let cookie = cookies::keep_session(&signed_in.session, signed_in.life);
            with_cookie(
                question.answer(&signed_in.member, false, false).await,
                cookie,
            )
        }
        Err(WrongSignIn::Wrong) => {
            question.sign_in_page(StatusCode::UNAUTHORIZED, name, Some(Notice::Wrong))
        }
        Err(WrongSignIn::Throttled(seconds)) => {
            let notice = Some(Notice::Throttled(seconds));
            let mut answer = question.sign_in_page(StatusCode::TOO_MANY_REQUESTS, name, notice);
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
            answer
        }
        Err(WrongSignIn::Server(error)) => question.refuse(&error.into()),
    }
}

/// The consent form.
pub(super) async fn consent(question: Question, body: Body) -> Response {
    let form = match question.read_own_form(body).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    match question.session_member().await {
        Ok(Some(member)) if form.find("decision") == Some("accept") => {
            question.answer(&member, true, false).await
        }
        Ok(Some(_)) => question.refuse(&OAuthError::Declined),
        Ok(None) => question.sign_in_page(StatusCode::OK, "", None),
        Err(error) => question.refuse(&error),
    }
}

/// `GET logout`: ends the browser's session; goes on only to an address of the client that asks.
pub(super) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let sign_in = &app.services.sign_in;
    if let Some(session) = cookies::session(&headers)
        && let Err(error) = sign_in.sign_out(session).await
    {
        return page::refusal(&error.into());
    }
    let query = query
        .filter(|query| query.len() <= QUERY_BYTES_MAX)
        .unwrap_or_default();
    let parameters = Parameters::parse(&query).unwrap_or_default();
    let (client_id, uri) = (
        parameters.find("client_id"),
        parameters.find("post_logout_redirect_uri"),
    );
    let answer = match (client_id, uri) {
        (Some(client_id), Some(uri))
            if matches!(sign_in.may_return(client_id, uri).await, Ok(true)) =>
        {
            let state = parameters.find("state").map(|state| ("state", state));
            let fields: Vec<(&str, &str)> = state.into_iter().collect();
            match fields.is_empty() {
                true => found(uri),
                false => found(&answer_address(uri, ResponseMode::Query, &fields)),
            }
        }
        _ => page::signed_out(),
    };
    with_cookie(answer, cookies::forget_session())
}

impl Question {
    async fn session_member(&self) -> Result<Option<Member>, OAuthError> {
        match cookies::session(&self.headers) {
            Some(session) => Ok(self
                .app
                .services
                .sign_in
                .session_member(&self.asked, session)
                .await?),
            None => Ok(None),
        }
    }

    /// Answers for a signed-in member: a code, or the consent form unless nobody may be asked.
    async fn answer(&self, member: &Member, consented: bool, silent: bool) -> Response {
        let granted = self
            .app
            .services
            .sign_in
            .grant(&self.asked, member, consented)
            .await;
        match granted {
            Ok(Granted::Code(code)) => self.send(&[("code", &code)]),
            Ok(Granted::ConsentNeeded(_)) if silent => self.refuse(&OAuthError::ConsentRequired),
            Ok(Granted::ConsentNeeded(scopes)) => {
                let (csrf, cookie) = cookies::form_secret(&self.headers);
                let page = Page {
                    action: &self.form_address("consent"),
                    client_name: self.asked.client_name(),
                    csrf: &csrf,
                    redirect_uri: &self.redirect_uri,
                };
                with_cookie(page.consent(&member.display_name, &scopes), cookie)
            }
            Err(error) => self.refuse(&error.into()),
        }
    }

    fn sign_in_page(&self, status: StatusCode, name: &str, notice: Option<Notice>) -> Response {
        let (csrf, cookie) = cookies::form_secret(&self.headers);
        let page = Page {
            action: &self.form_address("sign-in"),
            client_name: self.asked.client_name(),
            csrf: &csrf,
            redirect_uri: &self.redirect_uri,
        };
        with_cookie((status, page.sign_in(name, notice)).into_response(), cookie)
    }

    fn form_address(&self, form: &str) -> String {
        format!("/{}/oauth2/v2.0/{form}?{}", self.tenant, self.query)
    }

    /// A form of ours; one that another site sent gets the sign-in page, as if nothing had been entered.
    async fn read_own_form(&self, body: Body) -> Result<Parameters, Response> {
        let form = read_form(&self.headers, body).await;
        let form = form.and_then(|text| Parameters::parse(&text));
        let form = form.map_err(|error| page::refusal(&error))?;
        if cookies::is_own_form(&self.headers, form.find("csrf")) {
            Ok(form)
        } else {
            Err(self.sign_in_page(StatusCode::FORBIDDEN, "", Some(Notice::Stale)))
        }
    }

    fn refuse(&self, error: &OAuthError) -> Response {
        error_answer(&self.redirect_uri, self.mode, &self.parameters, error)
    }

    fn send(&self, fields: &[(&str, &str)]) -> Response {
        send(&self.redirect_uri, self.mode, &self.parameters, fields)
    }
}

fn error_answer(
    redirect_uri: &str,
    mode: ResponseMode,
    parameters: &Parameters,
    error: &OAuthError,
) -> Response {
    log_failure(error);
    let description = format!("{}: {error}", error.number());
    let fields = [
        ("error", error.name()),
        ("error_description", description.as_str()),
    ];
    send(redirect_uri, mode, parameters, &fields)
}

fn send(
    redirect_uri: &str,
    mode: ResponseMode,
    parameters: &Parameters,
    fields: &[(&str, &str)],
) -> Response {
    let mut fields = fields.to_vec();
    if let Some(state) = parameters.find("state") {
        fields.push(("state", state));
    }
    match mode {
        ResponseMode::FormPost => page::form_post(redirect_uri, &fields),
        mode => found(&answer_address(redirect_uri, mode, &fields)),
    }
}

fn found(address: &str) -> Response {
    redirect(StatusCode::FOUND, address)
}

fn see_other(address: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, address)
}

fn redirect(status: StatusCode, address: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(address) else {
        return (status_of(&OAuthError::UnknownRedirect), "").into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (status, headers).into_response()
}

fn with_cookie(mut answer: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}
