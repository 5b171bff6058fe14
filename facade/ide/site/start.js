// Starts Altair for the endpoint that the page stands at. What it keeps, it keeps in the visitor's browser.
const endpoint = new URL(location.pathname, location.origin);

const START = `# Ctrl-Enter sends it. Headers, such as "authorization", are set at the left.
# The schema and its documentation are under Docs, at the right.
{
  publishHealth {
    message
  }
}
`;

AltairGraphQL.init({
  endpointURL: endpoint.href,
  subscriptionsEndpoint: endpoint.href,
  initialSubscriptionRequestHandlerId: "graphql-sse",
  initialName: "facade",
  initialQuery: START,
  instanceStorageNamespace: "facade_",
  disableAccount: true,
  initialSettings: {
    theme: "light",
    "theme.dark": "dark",
    language: "en-US",
    "alert.disableUpdateNotification": true,
    "banners.disable": true,
    disablePushNotification: true,
    "response.stream.strategy": "append",
  },
});
