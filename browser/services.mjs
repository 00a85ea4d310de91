// Sign-in services for journeys: an OpenID provider that is not ours, and a locality of its own that trusts it.
//
// The provider stands for NHS login and for CIS2: the same library, one client each, which proves itself with a signed assertion.
// It answers at `localhost` and the locality at `127.0.0.1`: to a browser these are two sites, as they are in life.

import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Provider } from 'oidc-provider'

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number'
const ODS_CODE = 'https://fhir.nhs.uk/Id/ods-organization-code'
const STAFF_NUMBER = 'https://fhir.nhs.uk/Id/sds-user-id'

const organisation = (id, code, name) => ({
  resourceType: 'Organization',
  id,
  identifier: [{ system: ODS_CODE, value: code }],
  name,
})

const worksAt = (id, place, who = 'khan', code = 'R0260') => ({
  resourceType: 'PractitionerRole',
  id,
  active: true,
  practitioner: { reference: `Practitioner/${who}` },
  organization: { reference: `Organization/${place}` },
  code: [{ coding: [{ code }] }],
})

const practitioner = (id, number, family) => ({
  resourceType: 'Practitioner',
  id,
  identifier: [{ system: STAFF_NUMBER, value: number }],
  name: [{ given: ['Ruth'], family }],
})

/** What the locality knows. */
const RECORD = [
  organisation('elm', 'K81001', 'Elm Surgery'),
  organisation('oak', 'K81002', 'Oak Surgery'),
  {
    resourceType: 'Patient',
    id: 'ann',
    identifier: [{ system: NHS_NUMBER, value: '9990000018' }],
    name: [{ given: ['Ann'], family: 'Archer' }],
    birthDate: '1944-03-14',
    generalPractitioner: [{ reference: 'Organization/elm' }],
  },
  {
    resourceType: 'Practitioner',
    id: 'khan',
    identifier: [{ system: STAFF_NUMBER, value: '555900000001' }],
    name: [{ prefix: ['Dr'], given: ['Amir'], family: 'Khan' }],
  },
  worksAt('khan-elm', 'elm'),
  worksAt('khan-oak', 'oak'),
  practitioner('bell', '555900000007', 'Bell'),
  worksAt('bell-elm', 'elm', 'bell', 'R8009'),
  practitioner('adams', '555900000008', 'Adams'),
  worksAt('adams-elm', 'elm', 'adams', 'R8015'),
  practitioner('grey', '555900000009', 'Grey'),
  worksAt('grey-elm', 'elm', 'grey', 'R8016'),
]

const roleAt = (org_code) => ({ role_code: 'S8000:G8000:R0260', org_code, person_roleid: '1' })
const ann = { nhs_number: '9990000018', birthdate: '1944-03-14' }

/** Whom one may be at the provider. */
const PEOPLE = {
  'Ann Archer': { ...ann, vot: 'P9.Cp.Cd' },
  'Ann Archer before she sent a photo': { ...ann, vot: 'P5.Cp.Cd' },
  'Somebody from elsewhere': { nhs_number: '9990000026', birthdate: '1944-03-14', vot: 'P9.Cp.Cd' },
  'Dr Amir Khan in a job that has no role here': {
    nhsid_useruid: '555900000001',
    nhsid_nrbac_roles: [{ ...roleAt('K81001'), role_code: 'S8000:G8000:R9999' }],
    authentication_assurance_level: '3',
  },
  'Dr Amir Khan': {
    nhsid_useruid: '555900000001',
    nhsid_nrbac_roles: [roleAt('K81001'), roleAt('K81002')],
    authentication_assurance_level: '3',
  },
}

/** A free port of this machine. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts both; gives their addresses, and how to stop them. */
export async function startServices() {
  const ours = `http://127.0.0.1:${await freePort()}`
  const provider = await startProvider(`http://localhost:${await freePort()}`, ours)
  const locality = await startLocality(ours, () => configuration(ours, provider.issuer))
  const stop = async () => {
    await locality.stop()
    await provider.stop()
  }
  return { ours, issuer: provider.issuer, stop }
}

async function startProvider(issuer, ours) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const client = (id) => ({
    client_id: id,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'RS512',
    id_token_signed_response_alg: 'RS512',
    jwks_uri: `${ours}/sign-in/keys`,
    redirect_uris: [`${ours}/sign-in/from/${id}`],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    require_auth_time: true,
  })
  const provider = new Provider(issuer, {
    clients: [client('nhs-login'), client('cis2')],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'provider-1', use: 'sig' }] },
    enabledJWA: { idTokenSigningAlgValues: ['RS512'], clientAuthSigningAlgValues: ['RS512'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    // The library asks no address of this machine; here both live on it.
    fetch: (url, { dispatcher: _public, ...options }) => fetch(url, options),
    extraParams: ['vtr'],
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'vot', 'authentication_assurance_level'],
      profile: ['nhs_number', 'birthdate'],
      nhsperson: ['nhsid_useruid'],
      nationalrbacaccess: ['nhsid_nrbac_roles'],
    },
    cookies: { keys: ['a key for a journey'] },
    interactions: { url: (_context, { uid }) => `/people/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    async loadExistingGrant(context) {
      const { client: asking, session } = context.oidc
      const grant = new context.oidc.provider.Grant({ clientId: asking.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid profile nhsperson nationalrbacaccess')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()
  const server = createServer(async (request, response) => {
    const [, place, uid, name] = request.url.split('/')
    if (place !== 'people') return answer(request, response)
    if (name) {
      const result = { login: { accountId: decodeURIComponent(name) } }
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    }
    const links = Object.keys(PEOPLE).map((one) => `<li><a href="/people/${uid}/${encodeURIComponent(one)}">${one}</a></li>`)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    return response.end(`<!doctype html><html lang="en"><title>Who are you?</title><link rel="icon" href="data:,"><h1>Who are you?</h1><ul>${links.join('')}</ul>`)
  })
  await new Promise((resolve) => server.listen(Number(new URL(issuer).port), 'localhost', resolve))
  const stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { issuer, stop }
}

/** Starts a locality without any service, where people have passkeys; a browser makes none for a bare number, so it has a name. */
export async function startWithPasskeys() {
  const port = await freePort()
  const ours = `http://localhost:${port}`
  const locality = await startLocality(`http://127.0.0.1:${port}`, () => passkeys(ours))
  return { ours, ...locality }
}

async function startLocality(ours, configured) {
  const program = process.env.COMMONWEAL_PROGRAM
  if (!program) throw new Error('COMMONWEAL_PROGRAM names the built program; `cargo xtask browser` sets it')
  const data = mkdtempSync(path.join(tmpdir(), 'commonweal-journey-'))
  writeFileSync(path.join(data, 'people.ndjson'), RECORD.map((one) => JSON.stringify(one)).join('\n'))
  const read = spawnSync(program, ['import', '--data', path.join(data, 'record'), path.join(data, 'people.ndjson')])
  if (read.status !== 0) throw new Error(`the people were not read: ${read.stderr}`)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(path.join(data, 'record', 'key.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  writeFileSync(path.join(data, 'record', 'sign-in.toml'), configured())
  const server = spawn(program, ['serve', '--data', path.join(data, 'record'), '--listen', new URL(ours).host], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve)
    server.once('exit', () => reject(new Error('the server did not start')))
  })
  const stop = async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill()
    await ended
    rmSync(data, { recursive: true })
  }
  /** A code from whoever runs the server, for somebody to make a passkey. */
  const code = (who) => {
    const given = spawnSync(program, ['passkey-code', '--data', path.join(data, 'record'), who], { encoding: 'utf8' })
    if (given.status !== 0) throw new Error(`no code was given: ${given.stderr}`)
    return given.stdout.trim()
  }
  return { code, stop }
}

function passkeys(ours) {
  return `address = "${ours}"
[passkeys]
[[passkeys.role]]
code = "R8009"
is = "Receptionist"
[[passkeys.role]]
code = "R8015"
is = "Administrator"
[[passkeys.role]]
code = "R8016"
is = "PrivacyOfficer"
`
}

function configuration(ours, issuer) {
  const provider = (id, name, whom, scopes, more) => `
[[provider]]
id = "${id}"
name = "${name}"
for = "${whom}"
issuer = "${issuer}"
client_id = "${id}"
key_file = "key.pem"
key_id = "journey"
scopes = ${JSON.stringify(scopes)}
${more}`
  return `address = "${ours}"
${provider('nhs-login', 'NHS login', 'citizens', ['profile'], 'vectors = ["P5.Cp.Cd", "P9.Cp.Cd", "P9.Cm"]')}
${provider('cis2', 'your smartcard', 'staff', ['nhsperson', 'nationalrbacaccess'], 'assurance = 3')}
[[provider.role]]
code = "R0260"
is = "Gp"
`
}
