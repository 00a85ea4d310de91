//! A small HTTP/1.1 client for this machine's own servers, one connection kept open.
//!
//! It exists so that measuring costs little: no runtime, no allocation that is not needed, and
//! nothing that could hide a slow answer.
//! Refuses every address but the loopback; a load driver must not be able to point elsewhere.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

/// The longest that one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(300);

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// The path with its query, from the root.
    pub(crate) path: String,
    /// FHIR JSON, unless the header lines say otherwise.
    pub(crate) body: Option<Vec<u8>>,
    /// More header lines, each ended by CR LF.
    pub(crate) headers: String,
}

impl Request {
    /// A plain read.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, headers: String::new() }
    }
}

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The name and value of a cookie that was set.
    pub(crate) cookie: Option<String>,
}

/// A connection to one server.
pub(crate) struct Client {
    address: SocketAddr,
    token: Option<String>,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client that sends this bearer token with every request.
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> anyhow::Result<Self> {
        ensure!(address.ip().is_loopback(), "{address} is not on this machine");
        Ok(Self { address, token, stream: None })
    }

    /// Sends a request and reads the whole answer; opens the connection anew once when the server had closed it.
    pub(crate) fn send(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let was_open = self.stream.is_some();
        let answer = self.exchange(request);
        if answer.is_err() {
            self.stream = None;
            if was_open {
                return self.exchange(request);
            }
        }
        answer
    }

    fn exchange(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let message = self.message(request);
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).context("while connecting")?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(ANSWER_MAX))?;
            self.stream = Some(BufReader::with_capacity(1 << 16, stream));
        }
        let stream = self.stream.as_mut().context("no connection")?;
        stream.get_mut().write_all(&message).context("while sending")?;
        let (answer, closes) = read_answer(stream)?;
        if closes {
            self.stream = None;
        }
        Ok(answer)
    }

    fn message(&self, request: &Request) -> Vec<u8> {
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\n{}", request.method, request.path, self.address, request.headers);
        if !request.headers.contains("Accept:") {
            head.push_str("Accept: application/fhir+json\r\n");
        }
        if let Some(token) = &self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(body) = &request.body {
            if !request.headers.contains("Content-Type:") {
                head.push_str("Content-Type: application/fhir+json\r\n");
            }
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut message = head.into_bytes();
        message.extend_from_slice(request.body.as_deref().unwrap_or_default());
        message
    }
}

/// How the body of an answer is delimited.
#[derive(Default)]
struct Framing {
    length: Option<usize>,
    chunked: bool,
    closes: bool,
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> anyhow::Result<(Answer, bool)> {
    let first = read_line(stream)?;
    let status: u16 = first.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no HTTP status")?;
    let (mut framing, mut cookie) = (Framing::default(), None);
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => framing.length = value.trim().parse().ok(),
            "transfer-encoding" => framing.chunked = value.trim().eq_ignore_ascii_case("chunked"),
            "set-cookie" => cookie = value.split(';').next().map(|pair| pair.trim().to_owned()),
            "connection" => framing.closes = value.trim().eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let body = read_body(stream, &framing, status)?;
    Ok((Answer { status, body, cookie }, framing.closes))
}

fn read_body(stream: &mut BufReader<TcpStream>, framing: &Framing, status: u16) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    if framing.chunked {
        loop {
            let size = read_line(stream)?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            read_exactly(stream, size, &mut body)?;
            read_line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = framing.length {
        read_exactly(stream, length, &mut body)?;
    } else if framing.closes {
        stream.read_to_end(&mut body)?;
    } else if !matches!(status, 204 | 304) {
        bail!("an answer without a length");
    }
    Ok(body)
}

fn read_line(stream: &mut BufReader<TcpStream>) -> anyhow::Result<String> {
    let mut line = String::new();
    ensure!(stream.read_line(&mut line).context("while reading")? > 0, "the server closed the connection");
    line.truncate(line.trim_end().len());
    Ok(line)
}

fn read_exactly(stream: &mut BufReader<TcpStream>, length: usize, body: &mut Vec<u8>) -> anyhow::Result<()> {
    let wanted = u64::try_from(length)?;
    let read = stream.take(wanted).read_to_end(body).context("while reading a body")?;
    ensure!(read == length, "the body ended early");
    Ok(())
}

/// A text as a value in a query string.
pub(crate) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    /// A server that gives each connection one prepared answer, byte for byte.
    fn server(answers: Vec<&'static str>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
                while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn a_body_with_a_length_is_read() {
        let address = server(vec!["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"]);

        let answer = Client::new(address, None).unwrap().send(&Request::get("/")).unwrap();

        assert_eq!((answer.status, answer.body.as_slice()), (200, b"abc".as_slice()));
    }

    #[test]
    fn a_body_in_chunks_is_put_together() {
        let address =
            server(vec!["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"]);

        let answer = Client::new(address, None).unwrap().send(&Request::get("/")).unwrap();

        assert_eq!(answer.body, b"abcde");
    }

    #[test]
    fn a_connection_that_the_server_closed_is_opened_again() {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let mut client = Client::new(server(vec![answer, answer]), None).unwrap();

        assert_eq!(client.send(&Request::get("/")).unwrap().status, 200);
        assert_eq!(client.send(&Request::get("/")).unwrap().status, 200);
    }

    #[test]
    fn another_machine_is_refused() {
        assert!(Client::new("192.0.2.1:80".parse().unwrap(), None).is_err());
    }

    #[test]
    fn values_are_escaped_for_a_query() {
        assert_eq!(escape("http://loinc.org|8302-2"), "http%3A%2F%2Floinc.org%7C8302-2");
    }
}
