//! Header and footer of every page: the service's name in text, who is signed in, the places of the area; support links.
//!
//! The NHS logo is not drawn; the name of the service takes its place. On a phone the navigation folds behind "More" once the
//! script has measured it, and without the script it wraps.

use maud::{Markup, Render, html};

use super::{Link, classes, icon};
use crate::language::Language;

/// One place of an area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NavigationItem {
    /// Where it leads and what it says.
    pub link: Link,
    /// Whether the page is there.
    pub is_current: bool,
}

impl NavigationItem {
    /// A place.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { link: Link::new(href, text), is_current: false }
    }

    /// The place one is at.
    #[must_use]
    pub fn current(self) -> Self {
        Self { is_current: true, ..self }
    }
}

/// Who is signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Name, and role and organisation where they matter: "Dr Amir Khan, A&E, Ashdale Royal".
    pub name: String,
    /// Where one's own settings are.
    pub href: Option<String>,
    /// What the other links say and where they lead.
    pub links: Vec<Link>,
    /// Where signing out is posted; `None` shows no button.
    pub sign_out: Option<String>,
    /// Hidden fields of the sign-out form, such as a token against forgery.
    pub hidden: Vec<(String, String)>,
}

impl Account {
    /// Somebody who can sign out.
    pub fn new(name: impl Into<String>, sign_out: impl Into<String>) -> Self {
        Self { name: name.into(), sign_out: Some(sign_out.into()), ..Self::default() }
    }
}

/// The top of a page.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// The service's name.
    pub name: String,
    /// Who runs it, under the name.
    pub organisation: String,
    /// Where the name leads.
    pub home: String,
    /// Who is signed in.
    pub account: Option<Account>,
    /// The places of the area.
    pub navigation: Vec<NavigationItem>,
    /// The language of the words in it.
    pub language: Language,
}

impl Header {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self {
            name: "Commonweal".into(),
            organisation: "Ashdale health and care".into(),
            home: "/".into(),
            account: Some(Account::new("Dr Amir Khan, emergency department", "/sign-out")),
            navigation: vec![NavigationItem::new("#", "Find a person").current(), NavigationItem::new("#", "Worklist")],
            language: Language::English,
        }
    }

    fn account(&self, account: &Account) -> Markup {
        let words = self.language.words();
        html! {
            nav class="nhsuk-header__account" aria-label=(words.account) {
                ul class="nhsuk-header__account-list" {
                    li class="nhsuk-header__account-item" {
                        @if let Some(href) = &account.href {
                            a class="nhsuk-header__account-link" href=(href) { (icon("user")) (account.name) }
                        } @else { (icon("user")) (account.name) }
                    }
                    @for link in &account.links {
                        li class="nhsuk-header__account-item" { a class="nhsuk-header__account-link" href=(link.href) { (link.text) } }
                    }
                    @if let Some(action) = &account.sign_out {
                        li class="nhsuk-header__account-item" {
                            form class="nhsuk-header__account-form" action=(action) method="post" novalidate {
                                @for (name, value) in &account.hidden { input type="hidden" name=(name) value=(value); }
                                button class="nhsuk-header__account-button" { (words.sign_out) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn navigation(&self) -> Markup {
        let words = self.language.words();
        html! {
            nav class="nhsuk-header__navigation" aria-label=(words.menu) {
                div class="nhsuk-header__navigation-container nhsuk-width-container" {
                    ul class="nhsuk-header__navigation-list" {
                        @for item in &self.navigation { (Self::place(item)) }
                        li class="nhsuk-header__menu" hidden {
                            button class="nhsuk-header__menu-toggle nhsuk-header__navigation-link" id="toggle-menu" aria-expanded="false" {
                                span class="nhsuk-u-visually-hidden" { (words.browse) " " } (words.more)
                            }
                        }
                    }
                }
            }
        }
    }

    fn place(item: &NavigationItem) -> Markup {
        let current = if item.is_current { "nhsuk-header__navigation-item--current" } else { "" };
        html! {
            li class=(classes(["nhsuk-header__navigation-item", current])) {
                a class="nhsuk-header__navigation-link" href=(item.link.href) aria-current=[item.is_current.then_some("page")] {
                    @if item.is_current { strong class="nhsuk-header__navigation-item-current-fallback" { (item.link.text) } }
                    @else { (item.link.text) }
                }
            }
        }
    }
}

impl Render for Header {
    fn render(&self) -> Markup {
        let words = self.language.words();
        html! {
            header class="nhsuk-header" data-module="nhsuk-header" role="banner" {
                div class="nhsuk-header__container nhsuk-width-container" {
                    div class="nhsuk-header__service" {
                        a class="nhsuk-header__service-logo" href=(self.home) aria-label={
                            (self.name) @if !self.organisation.is_empty() { " " (self.organisation) } " " (words.homepage)
                        } {
                            span class="nhsuk-header__service-name" {
                                (self.name)
                                @if !self.organisation.is_empty() { " " span class="cw-org" { (self.organisation) } }
                            }
                        }
                    }
                    @if let Some(account) = &self.account { (self.account(account)) }
                }
                @if !self.navigation.is_empty() { (self.navigation()) }
            }
        }
    }
}

/// The foot of a page.
#[derive(Debug, Clone, Default)]
pub struct Footer {
    /// Support links.
    pub links: Vec<Link>,
    /// A sentence under them.
    pub text: Option<String>,
    /// Who holds the copyright.
    pub copyright: Option<String>,
    /// The language of the words in it.
    pub language: Language,
}

impl Render for Footer {
    fn render(&self) -> Markup {
        html! {
            footer class="nhsuk-footer" role="contentinfo" {
                div class="nhsuk-width-container" {
                    div class="nhsuk-footer__meta" {
                        @if !self.links.is_empty() {
                            h2 class="nhsuk-u-visually-hidden" { (self.language.words().support) }
                            ul class="nhsuk-footer__list" {
                                @for link in &self.links {
                                    li class="nhsuk-footer__list-item" { a class="nhsuk-footer__list-item-link" href=(link.href) { (link.text) } }
                                }
                            }
                        }
                        @if let Some(text) = &self.text { p class="nhsuk-body-s" { (text) } }
                        @if let Some(copyright) = &self.copyright { p class="nhsuk-body-s" { (copyright) } }
                    }
                }
            }
        }
    }
}
