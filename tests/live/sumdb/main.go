// Check a proof with the libraries of Go's checksum database (golang.org/x/mod/sumdb) and with nothing of ours.
//
// Usage: check FILE SIGNER-KEY COSIGNER-KEY
//
// Prints the leaf, or what does not hold and exits with status 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies the lines of c2sp.org/tlog-cosignature, which the library leaves to its users.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	second := binary.BigEndian.Uint64(signature[:8])
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", second)), text...)
	return ed25519.Verify(c.key, signed, signature[8:])
}

func fail(why string) {
	fmt.Println(why)
	os.Exit(1)
}

func need(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func cosignerOf(encoded string) note.Verifier {
	parts := strings.SplitN(encoded, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	need(err)
	sum := sha256.Sum256(append([]byte(parts[0]+"\n\x04"), raw[1:]...))
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), raw[1:]}
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	need(err)
	top, head, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(top), "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("no proof")
	}
	leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	need(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	need(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		need(err)
		proof = append(proof, hash)
	}
	signer, err := note.NewVerifier(os.Args[2])
	need(err)
	opened, err := note.Open(head, note.VerifierList(signer, cosignerOf(os.Args[3])))
	need(err)
	names := map[string]bool{}
	for _, signature := range opened.Sigs {
		names[signature.Name] = true
	}
	if !names[signer.Name()] || len(names) != 2 {
		fail("not signed by both")
	}
	rows := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(rows[1], 10, 64)
	need(err)
	root, err := tlog.ParseHash(rows[2])
	need(err)
	need(tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(leaf)))
	fmt.Println(string(leaf))
}
