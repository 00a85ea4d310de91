// A person at a screen: somebody who opens pages of the demo locality in a real Chromium.
//
// Journeys ask a visitor to go somewhere, press and read what is written there, by the words and roles that
// a person or a screen reader would go by; no journey knows a CSS class or an element's id.
// Each look at a page is judged: no accessibility violation that axe knows, nothing wider than the screen,
// nothing asked of another host, nothing said in the browser's console.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = path.dirname(fileURLToPath(import.meta.url))
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The levels that the law asks for. */
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** A desk and a phone, in CSS pixels. */
const SCREENS = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } }

/** The longest that any one step may take; a debug build on a busy machine is slow, but not slower. */
const STEP_MS_MAX = 15_000

/** What the browser is started with: quiet, alone, and without a call home. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** An address of the demo locality. */
function address() {
  const found = process.env.COMMONWEAL_ADDRESS
  assert.ok(found, 'journeys are walked by `cargo xtask browser`, which starts the demo locality')
  return found
}

/** Registers a journey: walked at a desk and on a phone, with scripts and without. */
export function journey(sentence, walk) {
  everywhere(sentence, walk, [true, false])
}

/** Registers a journey that needs scripts or the keyboard's focus, which Chromium keeps only with scripts. */
export function journeyWithScripts(sentence, walk) {
  everywhere(sentence, walk, [true])
}

function everywhere(sentence, walk, scripted) {
  let browser
  before(async () => {
    browser = await chromium.launch({ executablePath: process.env.COMMONWEAL_BROWSER, args: FLAGS })
  })
  after(async () => browser?.close())
  for (const screen of Object.keys(SCREENS)) {
    for (const scripts of scripted) {
      const name = `${sentence}, ${screen === 'desk' ? 'at a desk' : 'on a phone'}${scripts ? '' : ', without JavaScript'}`
      test(name, { timeout: 120_000 }, async () => {
        const visitor = await Visitor.arrive(browser, sentence, screen, scripts)
        try {
          await walk(visitor)
        } catch (error) {
          await visitor.photograph('where it failed').catch(() => {})
          throw error
        } finally {
          await visitor.leave()
        }
      })
    }
  }
}

/** Somebody who looks at pages. */
class Visitor {
  static async arrive(browser, sentence, screen, scripts) {
    const context = await browser.newContext({
      baseURL: address(),
      viewport: SCREENS[screen],
      javaScriptEnabled: scripts,
      locale: 'en-GB',
      timezoneId: 'Europe/London',
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(STEP_MS_MAX)
    const visitor = new Visitor()
    Object.assign(visitor, { context, screen, scripts, sentence, complaints: [], asks: [address()] })
    visitor.page = await context.newPage()
    visitor.page.on('console', (message) => {
      // A page that refuses on purpose is told about by the browser too.
      if (message.type() === 'error' && !/Failed to load resource.*status of 4[0-9][0-9]/.test(message.text())) {
        visitor.complaints.push(`the console says: ${message.text()}`)
      }
    })
    visitor.page.on('pageerror', (error) => visitor.complaints.push(`a script failed: ${error.message}`))
    visitor.page.on('request', (request) => {
      const to = request.url()
      if (!visitor.asks.some((ours) => to.startsWith(ours)) && !to.startsWith('data:')) visitor.complaints.push(`asked another host: ${to}`)
    })
    return visitor
  }

  async leave() {
    await this.context.close()
    assert.deepEqual(this.complaints, [])
  }

  /** Says which other servers this journey speaks with. */
  alsoAsks(...addresses) {
    this.asks.push(...addresses)
  }

  /** Opens a page by its path. */
  async open(where) {
    const answer = await this.page.goto(where)
    return answer.status()
  }

  /** Signs in as somebody of the demo locality, by words of what is said about them; as a proxy, by the words of the button. */
  async signInAs(about, button = /^Sign in as/) {
    await this.open('/sign-in')
    const name = await this.nameOf(about)
    await this.card(about).getByRole('button', { name: button }).first().click()
    await this.page.waitForLoadState('load')
    return name
  }

  /** The name on the sign-in page of whom these words are said about. */
  async nameOf(about) {
    return (await this.card(about).getByRole('heading').first().innerText()).trim()
  }

  card(about) {
    return this.page.getByRole('listitem').filter({ hasText: about })
  }

  /** Presses the first link or button whose words fit. */
  async press(words) {
    const { page } = this
    const fitting = page.getByRole('button', { name: words }).or(page.getByRole('link', { name: words }))
    await fitting.first().click()
    await page.waitForLoadState('load')
  }

  /** Unfolds what lies behind these words. */
  async unfold(words) {
    const summaries = this.page.locator('summary').filter({ hasText: words })
    await summaries.first().click()
    this.unfolded = this.page.locator('details').filter({ has: summaries }).first()
  }

  /** Writes into the field with this label in what was unfolded. */
  async writeThere(label, text) {
    await this.unfolded.getByLabel(label).fill(text)
  }

  /** Presses the button with these words in what was unfolded. */
  async pressThere(words) {
    await this.unfolded.getByRole('button', { name: words }).click()
    await this.page.waitForLoadState('load')
  }

  /** Writes into the field with this label. */
  async write(label, text) {
    await this.page.getByLabel(label).first().fill(text)
  }

  /** Sends the form with this field, as the enter key does. */
  async send(label) {
    await this.page.getByLabel(label).first().focus()
    await this.strike('Enter')
  }

  /** Strikes a key that leads to another page. */
  async strike(key) {
    await Promise.all([this.page.waitForNavigation(), this.page.keyboard.press(key)])
  }

  /** The page's main heading. */
  async heading() {
    return (await this.page.getByRole('heading', { level: 1 }).first().innerText()).trim()
  }

  /** Insists that these words can be read on the page. */
  async reads(words) {
    const found = this.page.getByText(words)
    await found.first().waitFor({ state: 'attached' })
    const visible = await Promise.all((await found.all()).map((place) => place.isVisible()))
    assert.ok(visible.includes(true), `"${words}" is on the page but cannot be seen`)
  }

  /** Insists that these words cannot be read anywhere on the page. */
  async doesNotRead(words) {
    assert.equal(await this.page.getByText(words).count(), 0, `"${words}" is on the page`)
  }

  /** The path in the address bar, with its query. */
  where() {
    const url = new URL(this.page.url())
    return url.pathname + url.search
  }

  /** Judges the page as it is now, and keeps a picture of it. */
  async look(name) {
    await this.photograph(name)
    const { width } = SCREENS[this.screen]
    const reaches = await this.page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(reaches <= width, `${name}: the page is ${reaches} px wide on a screen of ${width}`)
    assert.equal(await this.page.getByRole('heading', { level: 1 }).count(), 1, `${name}: one main heading`)
    assert.ok((await this.page.title()).trim(), `${name}: the page has a title`)
    if (this.scripts) await this.judge(name)
  }

  /** Insists that axe finds nothing. */
  async judge(name) {
    await this.page.evaluate(axeSource)
    const { violations } = await this.page.evaluate(
      (levels) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: levels } }),
      LEVELS,
    )
    const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join('\n    ')}`)
    assert.deepEqual(told, [], `${name}: what axe found`)
  }

  /** Keeps a picture of the whole page, for people to look at. */
  async photograph(name) {
    const folder = path.join(here, 'pictures')
    mkdirSync(folder, { recursive: true })
    const words = [this.sentence, name, this.screen, this.scripts ? '' : 'without scripts']
    await this.page.screenshot({ path: path.join(folder, `${slug(words.join(' '))}.png`), fullPage: true })
  }

  /** Judges the page as it would be on paper: these words stand there, and nothing to press or to fill in; keeps a picture of it. */
  async onPaper(name, ...sentences) {
    await this.page.emulateMedia({ media: 'print' })
    await this.photograph(`${name} on paper`)
    for (const words of sentences) await this.reads(words)
    const useless = await this.page.evaluate(() => {
      const found = [...document.querySelectorAll('button, input, select, textarea, nav, [role="button"]')]
      return found.filter((element) => element.checkVisibility()).map((element) => element.outerHTML.slice(0, 120))
    })
    assert.deepEqual(useless, [], `${name}: of no use on paper`)
    await this.page.emulateMedia({ media: 'screen' })
  }

  /** Renews a picture of the README, when that is what was asked for. */
  async showInReadme(name, height = SCREENS.desk.height) {
    const folder = process.env.COMMONWEAL_PICTURES
    if (!folder || this.screen !== 'desk' || !this.scripts) return
    mkdirSync(folder, { recursive: true })
    const clip = { x: 0, y: 0, width: SCREENS.desk.width, height }
    await this.page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true, clip })
  }

  /** Walks on with the tabulator key until the focus is on something with these words; says how many steps that took. */
  async tabTo(words, steps = 60) {
    for (let step = 1; step <= steps; step += 1) {
      await this.page.keyboard.press('Tab')
      const focused = await this.page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return { text: '', outlined: true }
        const label = element.labels?.[0]
        const drawn = [getComputedStyle(element), label ? getComputedStyle(label, '::before') : null]
        const outlined = drawn.some((style) => style && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'))
        const words = [element.innerText, label?.innerText, element.getAttribute('aria-label')]
        return { text: words.filter(Boolean).join(' '), outlined }
      })
      assert.ok(focused.outlined, `the focus on "${focused.text.trim()}" cannot be seen`)
      if (words.test(focused.text)) return step
    }
    return assert.fail(`${steps} steps of the tabulator key did not lead to ${words}`)
  }
}

function slug(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 120)
}
