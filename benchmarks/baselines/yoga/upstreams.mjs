// The REST APIs. How a request is sent differs between the servers here: `send(method, path, headers, body)` answers
// { status, document }.
import { GraphQLError } from 'graphql'

export const PAGE = 100 // the most users in one answer

const TOKEN = '/api/v1/user/token'
const EVENTS = '/publish/allevents'
const USERS = '/bpm/portal/rest/v1/UserProvisioningService.json'

const CODES = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

export class Upstreams {
  #send
  #tokens = new Map() // by the caller's credentials; promises, so that callers who come at the same time share a login

  constructor(send) {
    this.#send = send
  }

  // A token that has expired is fetched anew, once.
  async publish(event, authorization) {
    const known = this.#tokens.has(authorization)
    try {
      return await this.#publish(event, authorization)
    } catch (error) {
      if (!known || error.message !== 'Invalid access token') throw error
    }
    this.#tokens.delete(authorization)
    return this.#publish(event, authorization)
  }

  user(mail, authorization) {
    return this.#call('GET', `${USERS}/${encodeURIComponent(mail)}`, { authorization })
  }

  users(begin, size, authorization) {
    return this.#call('GET', `${USERS}?beginIndex=${begin}&endIndex=${begin + size - 1}`, { authorization })
  }

  async #publish(event, authorization) {
    const cookie = `access_token=${await this.#token(authorization)}`
    return (await this.#call('POST', EVENTS, { cookie }, JSON.stringify(event))).message
  }

  #token(authorization) {
    let token = this.#tokens.get(authorization)
    if (!token) {
      token = this.#call('POST', TOKEN, { authorization }).then(answer => answer.data.access_token)
      this.#tokens.set(authorization, token)
      token.catch(() => this.#tokens.delete(authorization))
    }
    return token
  }

  async #call(method, path, headers, body) {
    headers.accept = 'application/json'
    headers['content-type'] = 'application/json'
    let answer
    try {
      answer = await this.#send(method, path, headers, body)
    } catch {
      throw new GraphQLError('The upstream gave no answer.', { extensions: { code: 'UNAVAILABLE' } })
    }
    const { status, document } = answer
    if (status >= 200 && status < 300) return document
    const message = document.message ?? document.error ?? document.detail ?? 'The upstream failed.'
    throw new GraphQLError(message, { extensions: { code: CODES[status] ?? 'UNKNOWN' } })
  }
}
