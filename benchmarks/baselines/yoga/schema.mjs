// The schema that both servers here have: a part of facade/graphql/schema.graphql, cursors aside, which are their own.
import { GraphQLError } from 'graphql'
import { createSchema } from 'graphql-yoga'
import { PAGE } from './upstreams.mjs'

const typeDefs = /* GraphQL */ `
  scalar JSON

  input EventInput {
    parameterCategory: String
    parameterType: String
    parameterName: String
    parameterId: String
    severity: String
    description: String
    messages: String
    entity: String
    entityId: String
    envCustomerId: String
    toolCustomerName: String
    eventId: String
    firstOccurrence: String
    splitBy: String
    attributes: JSON
  }

  type PublishPayload {
    message: String!
  }

  type User {
    mail: String!
    cn: String!
    sn: String!
    accountAdmin: Boolean!
    developer: Boolean!
    endUser: Boolean!
    operator: Boolean!
    tester: Boolean!
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  type UserConnection {
    nodes: [User!]!
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type Query {
    user(mail: String!): User
    users(first: Int, after: String): UserConnection!
  }

  type Mutation {
    publishEvent(event: EventInput!): PublishPayload!
  }
`

const failed = (code, message) => new GraphQLError(message, { extensions: { code } })

function authorization(context) {
  const value = context.request.headers.get('authorization')
  if (!value) throw failed('UNAUTHENTICATED', 'The request carries no credentials.')
  return value
}

// The upstream's names are ours without capitals. A field that is null is not sent.
function wire({ attributes, ...fields }) {
  const body = {}
  for (const name in fields) {
    if (fields[name] !== null) body[name.toLowerCase()] = fields[name]
  }
  return Object.assign(body, attributes)
}

export function schema(upstreams) {
  return createSchema({
    typeDefs,
    resolvers: {
      Query: {
        user: (_, { mail }, context) => upstreams.user(mail, authorization(context)),
        users: async (_, { first, after }, context) => {
          const size = Math.min(first ?? PAGE, PAGE)
          if (size < 1 || !/^\d+$/.test(after ?? '0')) throw failed('INVALID_ARGUMENT', 'first or after is wrong.')
          const begin = after ? Number(after) + 1 : 0
          const { users, totalUsers } = await upstreams.users(begin, size, authorization(context))
          const end = begin + users.length
          return {
            nodes: users,
            pageInfo: { hasNextPage: end < totalUsers, endCursor: users.length ? String(end - 1) : null },
            totalCount: totalUsers,
          }
        },
      },
      Mutation: {
        publishEvent: async (_, { event }, context) => ({
          message: await upstreams.publish(wire(event), authorization(context)),
        }),
      },
    },
  })
}
