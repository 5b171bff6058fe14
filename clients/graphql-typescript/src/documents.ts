/** The documents that this program sends; graphql-codegen makes a typed document of each. */

import { graphql } from "./gql/index.js";

export const PersonFields = graphql(`
  fragment Person on User {
    mail
    cn
    sn
    accountAdmin
    developer
    endUser
    operator
    tester
  }
`);

export const ResultFields = graphql(`
  fragment Result on ItemResult {
    itemId
    ok
    message
    error {
      code
      reason
      message
      retryable
    }
  }
`);

export const PublishHealth = graphql(`
  query PublishHealth {
    publishHealth { message }
  }
`);

export const OneUser = graphql(`
  query OneUser($mail: String!) {
    user(mail: $mail) { ...Person }
  }
`);

/** Two fields: one may fail while the other has its answer. */
export const UserAndHealth = graphql(`
  query UserAndHealth($mail: String!) {
    user(mail: $mail) { ...Person }
    publishHealth { message }
  }
`);

export const Users = graphql(`
  query Users($first: Int, $after: String, $last: Int, $before: String) {
    users(first: $first, after: $after, last: $last, before: $before) {
      edges {
        cursor
        node { mail }
      }
      nodes { ...Person }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      totalCount
    }
  }
`);

export const GenerateToken = graphql(`
  mutation GenerateToken($email: String!, $password: String!) {
    generateToken(email: $email, password: $password) {
      email
      name
      isSuperadmin
      accessToken
      refreshToken
    }
  }
`);

export const PublishEvent = graphql(`
  mutation PublishEvent($event: EventInput!) {
    publishEvent(event: $event) { message }
  }
`);

export const PublishMetric = graphql(`
  mutation PublishMetric($metric: JSON!) {
    publishMetric(metric: $metric) { message }
  }
`);

export const PublishEntityTopology = graphql(`
  mutation PublishEntityTopology($topology: JSON!) {
    publishEntityTopology(topology: $topology) { message }
  }
`);

export const PublishServiceTopology = graphql(`
  mutation PublishServiceTopology($topology: JSON!) {
    publishServiceTopology(topology: $topology) { message }
  }
`);

export const PublishHealthcheck = graphql(`
  mutation PublishHealthcheck($healthcheck: JSON!) {
    publishHealthcheck(healthcheck: $healthcheck) { message }
  }
`);

export const PublishBatch = graphql(`
  mutation PublishBatch($items: [PublishItemInput!]!) {
    publishBatch(items: $items) { ...Result }
  }
`);

export const UpdateTicket = graphql(`
  mutation UpdateTicket($update: TicketUpdateInput!) {
    updateTicket(update: $update) { message }
  }
`);

export const UpdateTickets = graphql(`
  mutation UpdateTickets($updates: [TicketUpdateInput!]!) {
    updateTickets(updates: $updates) { ...Result }
  }
`);

export const CreateUser = graphql(`
  mutation CreateUser($user: NewUserInput!) {
    createUser(user: $user) { ...Person }
  }
`);

export const DeleteUser = graphql(`
  mutation DeleteUser($mail: String!, $allowMissing: Boolean) {
    deleteUser(mail: $mail, allowMissing: $allowMissing) { mail }
  }
`);

export const CreateUsers = graphql(`
  mutation CreateUsers($users: [NewUserInput!]!) {
    createUsers(users: $users) { ...Result }
  }
`);

export const DeleteUsers = graphql(`
  mutation DeleteUsers($mails: [String!]!) {
    deleteUsers(mails: $mails) { ...Result }
  }
`);

export const SyncUsers = graphql(`
  subscription SyncUsers($roster: [NewUserInput!]!, $options: SyncOptionsInput) {
    syncUsers(roster: $roster, options: $options) {
      plan {
        toAdd
        toReplace
        toDelete
        kept
      }
      result { ...Result }
      summary {
        added
        replaced
        deleted
        kept
        failed
        notAttempted
      }
    }
  }
`);
