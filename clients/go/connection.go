package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"log"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Deadlines and retries of each method, as the facade's makers mean them; beside the .proto files.
const serviceConfig = "../../protos/facade/v1/facade_grpc_service_config.json"

// authorization is the credentials of a channel's calls. gRPC asks it for the metadata of each call: it could renew a
// token here.
type authorization string

func basic(user, password string) authorization {
	return authorization("Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

func bearer(accessToken string) authorization {
	return authorization("Bearer " + accessToken)
}

func (a authorization) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": string(a)}, nil
}

// RequireTransportSecurity makes gRPC refuse to send credentials where anybody can read them, but for an example
// without TLS, on this machine.
func (a authorization) RequireTransportSecurity() bool {
	return os.Getenv("TLS_CA") != ""
}

// connect makes a channel to FACADE_GRPC_ADDRESS. It is made once and kept: it connects by itself, and again when the
// connection is lost. Without credentials a is "".
func connect(a authorization) *grpc.ClientConn {
	config, err := os.ReadFile(serviceConfig)
	check(err)
	options := []grpc.DialOption{
		grpc.WithDefaultServiceConfig(string(config)),
		grpc.WithTransportCredentials(transport()),
	}
	if a != "" {
		options = append(options, grpc.WithPerRPCCredentials(a))
	}
	channel, err := grpc.NewClient(environment("FACADE_GRPC_ADDRESS", "127.0.0.1:50051"), options...)
	check(err)
	return channel
}

// transport is TLS if TLS_CA names a file of authorities; TLS_CERTIFICATE and TLS_KEY are for a facade that wants a
// certificate.
func transport() credentials.TransportCredentials {
	ca := os.Getenv("TLS_CA")
	if ca == "" {
		return insecure.NewCredentials()
	}
	authorities, err := os.ReadFile(ca)
	check(err)
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !config.RootCAs.AppendCertsFromPEM(authorities) {
		log.Fatalf("%s: no certificate in it", ca)
	}
	if certificate := os.Getenv("TLS_CERTIFICATE"); certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, os.Getenv("TLS_KEY"))
		check(err)
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config)
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
