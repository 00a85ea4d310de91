//! Routes with a table of themselves: no route is there without saying who may come.
//!
//! axum cannot list what a router answers, so a route that nobody thought of would not be noticed. Areas and doors therefore
//! build a [`Routes`], one method at a time; the binary merges them and a test walks the [table](Routes::table) as everybody who
//! must not get in. `cargo xtask tidy` allows axum's own way of adding a route in this file only.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

/// Who may come to a route. What they see there is decided by their permit, not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guest {
    /// Anybody, without saying who they are.
    Anybody,
    /// People who are signed in to pages.
    SignedIn,
    /// Systems and scripts with an access token.
    Bearer,
}

/// One method of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method; `HEAD` goes with `GET`.
    pub method: Method,
    /// The path with its parameters in braces, such as `/care/people/{id}`.
    pub path: String,
    /// Who may come.
    pub guest: Guest,
}

/// A router and the table of what it answers.
#[derive(Clone, Debug)]
pub struct Routes<S = ()> {
    router: Router<S>,
    table: Vec<Route>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No route yet.
    #[must_use]
    pub fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    /// Adds `GET` (and `HEAD`) of a path.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &str, guest: Guest, handler: H) -> Self {
        self.add((Method::GET, MethodFilter::GET), path, guest, handler)
    }

    /// Adds `POST` of a path.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &str, guest: Guest, handler: H) -> Self {
        self.add((Method::POST, MethodFilter::POST), path, guest, handler)
    }

    /// Adds `PUT` of a path.
    #[must_use]
    pub fn put<H: Handler<T, S>, T: 'static>(self, path: &str, guest: Guest, handler: H) -> Self {
        self.add((Method::PUT, MethodFilter::PUT), path, guest, handler)
    }

    /// Adds `PATCH` of a path.
    #[must_use]
    pub fn patch<H: Handler<T, S>, T: 'static>(self, path: &str, guest: Guest, handler: H) -> Self {
        self.add((Method::PATCH, MethodFilter::PATCH), path, guest, handler)
    }

    /// Adds `DELETE` of a path.
    #[must_use]
    pub fn delete<H: Handler<T, S>, T: 'static>(self, path: &str, guest: Guest, handler: H) -> Self {
        self.add((Method::DELETE, MethodFilter::DELETE), path, guest, handler)
    }

    fn add<H: Handler<T, S>, T: 'static>(
        mut self,
        (method, filter): (Method, MethodFilter),
        path: &str,
        guest: Guest,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, on(filter, handler));
        self.table.push(Route { method, path: path.to_owned(), guest });
        self
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    /// Gives the handlers their state, after which routes of several areas can be merged.
    #[must_use]
    pub fn with_state<Other>(self, state: S) -> Routes<Other> {
        Routes { router: self.router.with_state(state), table: self.table }
    }

    /// Puts something round the routes: layers, a fallback, state. It must not add a route.
    #[must_use]
    pub fn around<Other>(self, wrap: impl FnOnce(Router<S>) -> Router<Other>) -> Routes<Other> {
        Routes { router: wrap(self.router), table: self.table }
    }

    /// The same routes below a path such as `/fhir`.
    #[must_use]
    pub fn below(self, prefix: &str) -> Self {
        let moved = |route: Route| Route { path: format!("{prefix}{}", route.path.trim_end_matches('/')), ..route };
        Self { router: Router::new().nest(prefix, self.router), table: self.table.into_iter().map(moved).collect() }
    }

    /// Every route, in the order in which they were added.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// The router, to be served.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_the_table_under_its_whole_path() {
        let inner: Routes = Routes::new()
            .get("/things/{id}", Guest::Bearer, async || "one")
            .put("/things/{id}", Guest::Bearer, async || "changed")
            .post("/", Guest::Bearer, async || "many")
            .below("/api");

        let all = Routes::new().get("/", Guest::Anybody, async || "home").merge(inner);

        let told: Vec<String> =
            all.table().iter().map(|Route { method, path, guest }| format!("{method} {path} {guest:?}")).collect();
        let expected =
            ["GET / Anybody", "GET /api/things/{id} Bearer", "PUT /api/things/{id} Bearer", "POST /api Bearer"];
        assert_eq!(told, expected);
    }
}
