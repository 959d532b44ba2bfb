;; Idiomatic persistent style with a transient vector (`main`); the array form is left to Java.
(defn main []
  (let [n 2000000
        p (loop [i 2 p (transient (vec (repeat (inc n) true)))]
            (if (<= (* i i) n)
              (recur (inc i)
                     (if (nth p i)
                       (loop [j (* i i) p p] (if (<= j n) (recur (+ j i) (assoc! p j false)) p))
                       p))
              (persistent! p)))]
    (loop [i 2 c 0] (if (<= i n) (recur (inc i) (if (nth p i) (inc c) c)) c))))
(println (main))
